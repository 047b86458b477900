"""What a facilitator is shown of a moment: truth beside readings, events, players, concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.seat_view import FacilitatorView, InjectView, JournalLine, TruthView
from outage_engine.clock import MINUTE
from outage_tui.dashboard.facilitator_course import left_behind, moment_typed
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.big_letters import big_rows, draw_big
from outage_tui.dashboard.renderables.facilitator_arrangement import (
    BLIND_PARTS,
    PARTS,
    arrange_station,
)
from outage_tui.dashboard.renderables.facilitator_events import (
    draw_events,
    due_words,
    first_ahead,
    next_timed,
)
from outage_tui.dashboard.renderables.facilitator_header import band_of, draw_band, draw_header
from outage_tui.dashboard.renderables.facilitator_journal import draw_journal, journal_of
from outage_tui.dashboard.renderables.facilitator_players import draw_players, open_pages
from outage_tui.dashboard.renderables.facilitator_room import draw_room, pace_words
from outage_tui.dashboard.renderables.facilitator_run import draw_run
from outage_tui.dashboard.renderables.facilitator_score import draw_score
from outage_tui.dashboard.renderables.facilitator_station import Drawn, Station, said
from outage_tui.dashboard.renderables.facilitator_truth import draw_truth, gap_words
from outage_tui.dashboard.renderables.facilitator_watch import (
    PAGE_MIN,
    SILENT_MIN,
    answers_to,
    concerns,
    draw_watch,
)
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.seat import SeatLink
from outage_tui.dashboard.staged_facilitator import (
    BEGIN_NS,
    NOW_NS,
    PRESENT,
    WELCOME,
    begun_view,
    facilitator_view,
    player_view,
)
from outage_tui.drill_link import Ended, Failed, Progress, Tempo

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.arrangement import Place

DRAWINGS = (
    draw_truth,
    draw_events,
    draw_players,
    draw_journal,
    draw_room,
    draw_run,
    draw_score,
)
WIDTHS = st.integers(20, 210)


def station(view: FacilitatorView | None = None, **known: object) -> Station:
    view = view or facilitator_view()
    base = Station(
        WELCOME,
        wording.Clock(WELCOME.start, 0.0),
        SeatLink(),
        ink_for("no-colour"),
        player=view.player,
        view=view,
        tempo=Tempo(60.0, 58.0, auto=True, why="a page is open", wall_s=60.0),
        present=PRESENT,
    )
    return attrs.evolve(base, **known)  # type: ignore[arg-type]


def blind() -> Station:
    return attrs.evolve(station(), view=None, blind=True)


def text(drawn: Drawn) -> str:
    return "\n".join(line.text for line in drawn.lines)


def truth(**known: object) -> TruthView:
    base = TruthView("m", "title", "%", 50.0, 50.0, 10, sensor="s")
    return attrs.evolve(base, **known)  # type: ignore[arg-type]


# -- truth beside what is seen ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "stale", "words", "severity"),
    [
        (truth(), False, "same", "ok"),
        (truth(shown=47.0), False, "same", "ok"),
        (truth(shown=20.0), False, "30 low", "bad"),
        (truth(shown=80.0), False, "30 high", "bad"),
        (truth(shown=20.0), True, "old, 30 low", "bad"),
        (truth(), True, "old", "caution"),
        (truth(shown=None), False, "nothing yet", "caution"),
        (truth(shown=None, override="off"), False, "OFF", "critical"),
        (truth(shown=20.0, override="held"), False, "HELD, 30 low", "critical"),
        (truth(override="says 50"), False, "SAYS 50", "critical"),
        (truth(sensor="", shown=None), False, "not shown", "unknown"),
        (truth(value=None), False, "same", "ok"),
    ],
)
def test_the_gap_is_told_in_words(row: TruthView, stale: bool, words: str, severity: str) -> None:
    assert gap_words(row, stale=stale) == (words, severity)


def test_a_share_that_differs_by_less_than_a_per_cent_is_the_same() -> None:
    assert gap_words(truth(value=0.2, shown=0.0), stale=False)[0] == "same"
    assert gap_words(truth(value=0.2, shown=0.0, unit="s"), stale=False)[0] == "0.2 low"


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_what_is_more_than_a_tenth_apart_is_always_told(value: float, shown: float) -> None:
    words, severity = gap_words(truth(value=value, shown=shown, unit=""), stale=False)
    apart = abs(value - shown) > 0.1 * max(abs(value), abs(shown))
    assert (severity == "bad") == apart
    assert words.endswith("low" if shown < value else "high") == apart


def test_a_reading_is_old_when_the_players_own_panel_says_so() -> None:
    row = next(
        line.text for line in draw_truth(station(), -1, 90, 20).lines if "waits" in line.text
    )
    assert "48 k" in row
    assert "22 k" in row
    assert "old, 26 k low" in row
    assert "11 min" in row


def test_what_no_sensor_reads_stands_last() -> None:
    assert "Customer-minutes" in draw_truth(station(), -1, 90, 20).lines[-1].text


# -- events ----------------------------------------------------------------------------------------


def inject(**known: object) -> InjectView:
    base = InjectView(1, "at 30m", "Lee", "all", "call", "words", "declare", "", "ahead")
    return attrs.evolve(base, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (inject(), "in 6 min"),
        (inject(due="at 1h30m"), "in 1 h 06 min"),
        (inject(put_off_s=600), "in 16 min"),
        (inject(due="at 10m"), "due now"),
        (inject(due="when nlb.error_rate > 0.1"), "when nlb.error_rate > 0.1"),
        (inject(state="fired", fired_ns=NOW_NS - 4 * MINUTE), "came 4 min ago"),
        (inject(state="skipped"), "skipped"),
    ],
)
def test_a_timed_event_tells_the_minutes_from_now(one: InjectView, words: str) -> None:
    assert due_words(one, station()) == words


def test_an_event_that_was_still_ahead_at_the_end_did_not_come() -> None:
    over = station(link=SeatLink(ended=Ended(NOW_NS, "stable", "stable")))
    assert due_words(inject(), over) == "did not come"


def test_the_next_timed_event_is_chosen_while_nobody_chooses() -> None:
    assert next_timed(station()) == facilitator_view().injects[1]
    assert first_ahead(station()) == 1


def test_with_conditions_only_the_first_ahead_is_chosen() -> None:
    injects = (inject(n=1, state="skipped"), inject(n=2, due="when x > 1"))
    assert first_ahead(station(attrs.evolve(facilitator_view(), injects=injects))) == 1


@given(st.integers(0, 4), WIDTHS, st.integers(6, 30))
def test_the_chosen_event_is_told_whole(cursor: int, width: int, height: int) -> None:
    moment = station()
    drawn = draw_events(moment, cursor, width, height)
    told = " ".join(
        line.text for line, item in zip(drawn.lines, drawn.items, strict=True) if item == cursor
    )
    expected = facilitator_view().injects[cursor].expected
    assert expected.replace(" ", "") in told.replace(" ", "")


# -- the journal -----------------------------------------------------------------------------------


@given(st.text("abcdefgh! ", max_size=6))
def test_a_filter_and_its_inverse_part_the_journal(wanted: str) -> None:
    word = wanted.strip().lstrip("! ")
    if not word:
        return
    with_it = journal_of(station(wanted=word))
    without = journal_of(station(wanted=f"!{word}"))
    assert sorted((*with_it, *without), key=lambda one: one.n) == list(facilitator_view().journal)


@given(st.integers(-1, 16), st.integers(1, 40))
def test_the_chosen_entry_is_drawn_whole_else_the_last_ones(cursor: int, height: int) -> None:
    entries = facilitator_view().journal
    drawn = draw_journal(station(), cursor, 40, height)
    told = {item for item in drawn.items}
    assert (cursor if cursor >= 0 else len(entries) - 1) in told
    assert len(told) <= 2 * height + 1
    if cursor >= 0:
        words = "".join(
            line.text for line, item in zip(drawn.lines, drawn.items, strict=True) if item == cursor
        )
        assert entries[cursor].text.replace(" ", "") in words.replace(" ", "")


def test_a_blind_host_reads_only_what_everybody_was_told() -> None:
    assert journal_of(blind()) == ()


# -- what to watch ---------------------------------------------------------------------------------


def words_of(moment: Station) -> list[str]:
    return [one.word for one in concerns(moment)]


def test_the_most_pressing_comes_first() -> None:
    assert words_of(station()) == [
        "DROPPED", "PAGE", "POST", "APPROVAL", "SILENT", "EVENT", "NEXT", "YOURS",
    ]  # fmt: skip


def test_what_the_facilitator_meddles_with_is_not_forgotten() -> None:
    told = next(one.text for one in concerns(station()) if one.word == "YOURS")
    assert told == f"Services reported down: held; broken: {facilitator_view().faults[0]}"
    view = attrs.evolve(facilitator_view(), faults=(), truth=())
    assert "YOURS" not in words_of(station(view))


def test_nothing_is_pressing_once_it_is_over() -> None:
    over = SeatLink(ended=Ended(NOW_NS, "stable", "stable"))
    assert concerns(station(link=over)) == ()


@given(st.integers(0, 60))
def test_silence_is_told_from_ten_minutes_on(minutes: int) -> None:
    line = JournalLine(1, NOW_NS - minutes * MINUTE, "commander", "note", "words")
    said_by_program = JournalLine(2, NOW_NS, "all", "alert", "words")
    own = JournalLine(3, NOW_NS, "facilitator", "note", "words")
    view = attrs.evolve(facilitator_view(), journal=(line, said_by_program, own))
    assert ("SILENT" in words_of(station(view))) == (minutes >= SILENT_MIN)


@given(st.integers(0, 30), st.booleans(), st.booleans())
def test_a_page_presses_while_nobody_has_taken_it(minutes: int, taken: bool, clear: bool) -> None:
    alert = AlertState("a", "words", "page", NOW_NS - minutes * MINUTE, 1, taken, False, clear)
    player = attrs.evolve(player_view(), alerts=(alert,))
    view = attrs.evolve(facilitator_view(), player=player)
    pages = [one for one in concerns(station(view)) if one.word == "PAGE"]
    assert bool(pages) == (not taken and not clear) == bool(open_pages(player))
    if pages:
        assert pages[0].severity == ("bad" if minutes >= PAGE_MIN else "caution")


def test_what_players_say_after_an_event_is_looked_for_in_what_was_expected() -> None:
    came = inject(state="fired", fired_ns=NOW_NS - 5 * MINUTE, expected="declare an incident")
    before = JournalLine(1, NOW_NS - 6 * MINUTE, "commander", "declare", "severity 1")
    after = JournalLine(2, NOW_NS - 4 * MINUTE, "commander", "declare", "severity 1")
    other = JournalLine(3, NOW_NS - 3 * MINUTE, "commander", "decide", "wait")
    own = JournalLine(4, NOW_NS, "facilitator", "note", "they did declare")
    view = attrs.evolve(facilitator_view(), injects=(came,), journal=(before, other, own))
    assert answers_to(station(view), came) == ()
    assert "nothing like it yet" in text(Drawn(draw_watch(station(view), 160, 9)))
    view = attrs.evolve(view, journal=(before, after, other, own))
    assert answers_to(station(view), came) == (after,)
    assert "looks met by declare 02:45" in text(Drawn(draw_watch(station(view), 160, 9)))


@given(WIDTHS, st.integers(2, 8))
def test_what_comes_next_is_never_crowded_out(width: int, height: int) -> None:
    lines = draw_watch(station(), width, height)
    assert len(lines) <= height
    assert any("NEXT" in line.text for line in lines)


# -- big states ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "word"),
    [
        (station(), ""),
        (station(tempo=Tempo(frozen=True)), "FROZEN"),
        (station(link=SeatLink(ended=Ended(1, "stable", "stable"))), "OVER"),
        (station(link=SeatLink(lost="the network is gone")), "LINK LOST"),
        (station(link=SeatLink(failed=Failed("it ended"))), "HOST DEAD"),
        (station(tempo=Tempo(frozen=True), link=SeatLink(lost="gone")), "LINK LOST"),
    ],
)
def test_the_state_that_everybody_must_see(moment: Station, word: str) -> None:
    assert band_of(moment)[0] == word
    lines = draw_band(moment, 120, 8)
    assert bool(lines) == bool(word)
    assert all(line.width == 120 for line in lines)


@pytest.mark.parametrize("word", ["FROZEN", "OVER", "LINK LOST", "HOST DEAD"])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_big_letters_are_of_one_width(word: str, ascii_only: bool) -> None:
    rows = big_rows(word, ascii_only=ascii_only)
    assert len(rows) == (5 if ascii_only else 3)
    assert len({len(row) for row in rows}) == 1
    assert all(row.isascii() for row in rows) == ascii_only


@given(st.integers(10, 200), st.lists(st.text("abc ", max_size=40), max_size=3))
def test_a_band_is_as_wide_as_the_screen_and_keeps_its_word(width: int, beside: list[str]) -> None:
    ink = ink_for("no-colour")
    lines = draw_big("OVER", beside, ink.badge, ink, width)
    assert all(line.width == width for line in lines)
    assert len(lines) >= 3 or "O V" in lines[0].text


def test_something_that_takes_a_while_shows_how_far_it_is() -> None:
    moment = station(link=SeatLink(progress=Progress("going back to 02:31", 0.25)))
    assert "25 %  going back to 02:31" in draw_band(moment, 80, 5)[0].text


def test_a_host_is_not_silent_while_time_stands() -> None:
    silent = SeatLink(silent_s=9.0)
    assert "HOST SILENT 9 s" in draw_header(station(link=silent), 160)[0].text
    frozen = station(link=silent, tempo=Tempo(frozen=True))
    assert "SILENT" not in draw_header(frozen, 160)[0].text


@pytest.mark.parametrize(
    ("tempo", "words"),
    [
        (Tempo(0.0, 58.0, auto=True), "auto, x58"),
        (
            Tempo(0.0, 0.7, auto=True, why="the briefing is open"),
            "auto, x0.7: the briefing is open",
        ),
        (Tempo(60.0, 60.0, auto=False), "x60"),
        (Tempo(600.0, 90.0, auto=False), "x600 asked, x90 reached"),
        (Tempo(60.0, 0.0, auto=False, frozen=True, why="frozen"), "frozen"),
    ],
)
def test_pace_in_words(tempo: Tempo, words: str) -> None:
    assert pace_words(station(tempo=tempo)) == words


# -- secrets ---------------------------------------------------------------------------------------


def test_codes_and_score_are_hidden_until_asked_for() -> None:
    hidden = text(draw_room(station(), -1, 100, 30)) + text(draw_score(station(), -1, 100, 30))
    shown = station(codes_shown=True, score_shown=True)
    both = text(draw_room(shown, -1, 100, 30)) + text(draw_score(shown, -1, 100, 30))
    for one in WELCOME.invitations:
        assert one.code not in hidden
        assert (one.code in both) == (one.seat != "facilitator")
    steering = text(draw_room(station(steering_code_shown=True), -1, 100, 30))
    assert WELCOME.invitations[-1].code in steering
    assert "million" not in hidden
    assert "asks for what would refute it" not in hidden
    assert "million customer-minutes" in both
    assert "asks for what would refute it" in both


def test_a_blind_host_is_shown_nothing_of_the_truth() -> None:
    moment = attrs.evolve(blind(), score_shown=True)
    drawn = "".join(text(one(moment, -1, 120, 40)) for one in DRAWINGS)
    drawn += text(Drawn(draw_watch(moment, 120, 9)))
    view = facilitator_view()
    secrets = [one.expected for one in view.injects if one.expected]
    secrets += [one.text for one in view.injects if one.text]
    secrets += [*view.faults, *view.score, "DNS restored", "48 k", "refute it"]
    assert not [secret for secret in secrets if secret in drawn]
    assert "limit lease work" in drawn
    assert "Barbara" in drawn


# -- harmless --------------------------------------------------------------------------------------


EVIL = st.text(
    st.sampled_from("a\x1b[31m\n\r\x07\x9b\u202e\u200b\u2028\x00\x7f界é"), min_size=1, max_size=12
)


def test_what_somebody_typed_commands_no_terminal() -> None:
    assert said("a\x1b[2Jb\nc\u202ed") == "a [2Jb c d"
    assert said("Grüße 界") == "Grüße 界"


@settings(max_examples=60)
@given(EVIL, st.integers(24, 130), st.sampled_from(DRAWINGS))
def test_no_drawing_lets_a_control_character_through(
    evil: str, width: int, drawing: object
) -> None:
    view = facilitator_view()
    player = view.player
    player = attrs.evolve(
        player,
        commander=evil,
        alerts=tuple(attrs.evolve(one, text=evil) for one in player.alerts),
        hypotheses=tuple(attrs.evolve(one, text=evil) for one in player.hypotheses),
        decisions=tuple(
            attrs.evolve(one, what=evil, why=evil, expect=evil) for one in player.decisions
        ),
        posts=tuple(attrs.evolve(one, channel=evil, claims=(evil,)) for one in player.posts),
        work=tuple(attrs.evolve(one, title=evil, by=evil) for one in player.work),
        approvals=tuple(attrs.evolve(one, title=evil, by=evil) for one in player.approvals),
    )
    view = attrs.evolve(
        view,
        player=player,
        journal=tuple(attrs.evolve(one, text=evil, seat=evil) for one in view.journal),
        injects=tuple(attrs.evolve(one, text=evil, from_=evil) for one in view.injects),
        marks=tuple(attrs.evolve(one, text=evil, about=evil) for one in view.marks),
        faults=(evil,),
        score=(evil,),
    )
    from msgspec.structs import replace

    present = tuple(replace(one, name=evil) for one in PRESENT)
    moment = station(view, present=present, score_shown=True, recording=evil, notice=evil)
    assert callable(drawing)
    lines = [*drawing(moment, 0, width, 30).lines, *draw_watch(moment, width, 9)]
    lines += [*draw_header(moment, width), *draw_band(moment, width, 5)]
    assert all(line.text.isprintable() for line in lines)


@given(WIDTHS, st.integers(1, 60), st.sampled_from(DRAWINGS), st.booleans())
def test_every_drawing_fits_every_width_and_first_moments(
    width: int, height: int, drawing: object, begun: bool
) -> None:
    moment = station(begun_view() if begun else None, score_shown=True, codes_shown=True)
    assert callable(drawing)
    drawn = drawing(moment, -1, width, height)
    assert drawn.lines
    assert not drawn.items or len(drawn.items) == len(drawn.lines)


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_in_ascii_every_character_is(drawing: object) -> None:
    moment = station(ink=ink_for("no-colour", ascii=True), score_shown=True, codes_shown=True)
    assert callable(drawing)
    assert text(drawing(moment, 0, 100, 40)).isascii()


# -- where things are ------------------------------------------------------------------------------


@settings(max_examples=200)
@given(
    st.integers(1, 260),
    st.integers(1, 80),
    st.sampled_from(PARTS),
    st.integers(0, 5),
    st.booleans(),
    st.booleans(),
)
def test_parts_lie_inside_the_screen_and_do_not_overlap(
    width: int, height: int, focus: str, band: int, maximised: bool, is_blind: bool
) -> None:
    places = arrange_station(width, height, focus, band=band, maximised=maximised, blind=is_blind)
    for place in places:
        assert place.width > 0
        assert place.height > 0
        assert place.x + place.width <= width
        assert place.y + place.height <= height
    for n, one in enumerate(places):
        assert not any(_overlap(one, other) for other in places[n + 1 :])
    names = {place.name for place in places}
    if is_blind:
        assert not names & (set(PARTS) - set(BLIND_PARTS))
    elif names & set(PARTS):
        assert focus in names


def _overlap(one: Place, other: Place) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_a_wide_screen_shows_all_at_once_and_a_small_one_the_focused() -> None:
    whole = {p.name for p in arrange_station(200, 55, "truth", band=0, maximised=False)}
    assert set(PARTS) <= whole
    assert "tabs" not in whole
    small = {p.name for p in arrange_station(80, 24, "journal", band=0, maximised=False)}
    assert small & set(PARTS) == {"journal"}
    assert "tabs" in small


# -- going back ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "t_ns"),
    [
        ("02:31", BEGIN_NS + 5 * MINUTE),
        ("02:31:30", BEGIN_NS + 5 * MINUTE + MINUTE // 2),
        ("2:26", BEGIN_NS),
        ("+12", BEGIN_NS + 12 * MINUTE),
        ("+1.5 min", BEGIN_NS + MINUTE * 3 // 2),
        ("-5", NOW_NS - 5 * MINUTE),
        ("later", None),
        ("25:00", None),
        ("02:61", None),
        ("", None),
    ],
)
def test_moments_as_people_type_them(typed: str, t_ns: int | None) -> None:
    assert moment_typed(typed, station()) == t_ns


def test_it_is_said_what_going_back_leaves_behind() -> None:
    words = " ".join(left_behind(station(), BEGIN_NS + 10 * MINUTE))
    assert "13 min" in words
    assert "5 commands" in words
    assert "recording of their own" in words
