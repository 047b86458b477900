"""Laws of what a seat's screen draws: nothing hidden, nothing hostile, nothing by colour alone."""

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.seat_view import DecisionView, Message, PersonView, PostView, WorkView
from outage_agents.drills.sensors import Reading
from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.player_panels import PANEL_KINDS
from outage_tui.dashboard.renderables.ink import ASCII, DARK, MONO, Ink, ink_for
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_arrangement import (
    Contents,
    arrange_player,
    panels_of,
)
from outage_tui.dashboard.renderables.player_attention import draw_attention, waiting
from outage_tui.dashboard.renderables.player_briefing import draw_briefing
from outage_tui.dashboard.renderables.player_clocks import draw_clocks, tempo_words
from outage_tui.dashboard.renderables.player_foot import foot_keys, key_rows
from outage_tui.dashboard.renderables.player_log import draw_log
from outage_tui.dashboard.renderables.player_pages import draw_pages
from outage_tui.dashboard.renderables.player_posts import draw_posts
from outage_tui.dashboard.renderables.player_roster import draw_roster, roster_rows
from outage_tui.dashboard.renderables.player_says import draw_says
from outage_tui.dashboard.renderables.player_scene import PlayerScene
from outage_tui.dashboard.renderables.player_sensors import draw_sensors
from outage_tui.dashboard.renderables.player_tabs import draw_player_tabs, tab_at
from outage_tui.dashboard.renderables.player_wording import number, plural, said
from outage_tui.dashboard.renderables.player_work import draw_work
from outage_tui.dashboard.renderables.wording import MINUTE_NS, Clock
from outage_tui.dashboard.seat import SeatLink
from outage_tui.dashboard.staged_seat import (
    SEAT_MOMENTS,
    WELCOME,
    SeatMoment,
    StagedSeat,
    seat_view,
)
from outage_tui.dashboard.widgets.player_drawing import harmless
from outage_tui.drill_link import Answer, Present, Tempo
from tests.tui.seats import play, shown, strips

SEATS = ("solo", "commander", "operations", "communications", "scribe", "observer", "evaluator")
BEGIN_NS = WELCOME.begin_ns
CLOCK = Clock(WELCOME.start, 0.0)


def scene(moment: SeatMoment = "collapse", ink: Ink = DARK, seat: str = "solo", **changed: Any):  # type: ignore[no-untyped-def]
    """A staged moment; `changed` are fields of the view, or of the scene."""
    view = seat_view(moment, seat)
    own = {field.name for field in attrs.fields(PlayerScene)}
    of_scene = {name: value for name, value in changed.items() if name in own}
    view = attrs.evolve(view, **{n: v for n, v in changed.items() if n not in own})
    welcome = StagedSeat(moment, seat).welcome
    return PlayerScene(welcome, CLOCK, view, ink, **of_scene)


def text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


def alert(**changed: Any) -> AlertState:
    known = AlertState("a", "it fails", "page", BEGIN_NS, 1, False, False, False)
    return attrs.evolve(known, **changed)


# -- where things are ---------------------------------------------------------------------------


@given(
    st.integers(1, 320),
    st.integers(1, 90),
    st.sampled_from(SEATS),
    st.sampled_from([kind.part for kind in PANEL_KINDS]),
    st.booleans(),
    st.integers(0, 30),
)
@settings(max_examples=300)
def test_nothing_overlaps_or_leaves_the_screen_and_the_urgent_line_is_always_there(
    width: int, height: int, seat: str, chosen: str, large: bool, sensors: int
) -> None:
    wanted = {"sensors": sensors + 2, "pages": 6, "roster": 5} if sensors else {"roster": 5}
    contents = Contents(seat, 3, wanted)
    places = arrange_player(width, height, contents, chosen, maximised=large)
    cells: set[tuple[int, int]] = set()
    for place in places:
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= width
        assert place.y + place.height <= height
        covered = {(place.x, y) for y in range(place.y, place.y + place.height)}
        covered |= {(place.x + place.width - 1, y) for y in range(place.y, place.y + place.height)}
        assert not covered & cells
        cells |= covered
    names = [place.name for place in places]
    assert len(set(names)) == len(names)
    assert "clocks" in names
    assert height == 1 or "attention" in names
    if height >= 8 and width >= 8:
        if large or "tabs" in names:
            assert chosen in names or chosen not in panels_of(contents)
        else:
            assert set(panels_of(contents)) <= set(names)


@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_key_at_the_foot_is_cut_off(seat: str, width: int) -> None:
    keys = foot_keys(seat, 7, may_steer=seat == "solo")
    rows = key_rows(keys, width)
    assert [key for row in rows for key in row] == keys
    for row in rows:
        assert sum(len(key) + len(words) + 3 for key, words in row) - 1 <= width


def test_a_click_on_a_tab_finds_its_panel() -> None:
    parts = tuple(kind.part for kind in PANEL_KINDS)
    for width in (30, 80, 200):
        (line,) = draw_player_tabs(scene(), width, parts, frozenset())
        found = [tab_at(x, width, parts) for x in range(line.width)]
        assert list(dict.fromkeys(part for part in found if part)) == list(
            parts[: len(dict.fromkeys(part for part in found if part))]
        )
        for n, part in enumerate(parts, 1):
            at = line.text.find(str(n))
            assert at < 0 or tab_at(at, width, parts) == part


# -- what waits ---------------------------------------------------------------------------------


def test_an_unanswered_page_comes_first_whatever_else_waits() -> None:
    now = scene("approval", alerts=(alert(),), declared=False)
    words = [item.words for item in waiting(now)]
    assert words[0] == "1 PAGE UNANSWERED"
    assert any("APPROVAL" in one for one in words)
    (line,) = draw_attention(now, 80)
    assert "1 PAGE UNANSWERED" in line.text
    assert line.text.split("UNANSWERED")[1].split()[0] == "o"


@pytest.mark.parametrize("gone", [{"acknowledged": True}, {"clear": True}, {"severity": "ticket"}])
def test_what_was_taken_or_is_no_page_does_not_wait(gone: dict[str, Any]) -> None:
    now = scene(alerts=(alert(**gone),))
    assert not [item for item in waiting(now) if "PAGE" in item.words]


def test_a_seat_that_may_not_answer_is_shown_no_key_for_it() -> None:
    now = scene("approval", seat="communications", alerts=(alert(),))
    assert not [item for item in waiting(now) if "PAGE" in item.words and item.key]
    now = scene("approval", seat="commander", alerts=(alert(),))
    assert [item.key for item in waiting(now) if "PAGE" in item.words] == ["o"]


@given(st.integers(-7200, 7200))
def test_the_next_update_counts_down_and_then_is_overdue(seconds: int) -> None:
    now = scene()
    post = PostView(
        now.view.t_ns - 60, "status", ("we know",), now.view.t_ns + seconds * 10**9, seconds < 0
    )
    now = attrs.evolve(now, view=attrs.evolve(now.view, posts=(post,)))
    words = text(draw_posts(now, 80, 10))
    urgent = " ".join(item.words for item in waiting(now))
    assert ("OVERDUE" in words) == (seconds < 0)
    assert ("OVERDUE" in urgent) == (seconds < 0)
    assert ("next update in" in words) == (seconds >= 0)


def test_what_is_more_than_fits_is_counted_and_never_dropped_silently() -> None:
    now = scene("approval", alerts=(alert(),), declared=False, posts=())
    items = waiting(now)
    for width in range(30, 200, 7):
        (line,) = draw_attention(now, width)
        assert line.width <= width
        seen = sum(item.words in line.text for item in items)
        assert seen == len(items) or "more" in line.text or line.text.endswith("…")


# -- panels -------------------------------------------------------------------------------------


def test_pages_are_ordered_by_what_asks_for_somebody() -> None:
    alerts = (
        alert(id="1", text="cleared one", clear=True),
        alert(id="2", text="taken one", acknowledged=True),
        alert(id="3", text="ticket one", severity="ticket"),
        alert(id="4", text="open one"),
        alert(id="5", text="escalated one", escalated=True, since_ns=BEGIN_NS + 1),
    )
    rows = [line.text for line in draw_pages(scene(alerts=alerts), 100, 20)]
    order = ("escalated one", "open one", "ticket one", "taken one", "cleared one")
    assert [next(one for one in order if one in row) for row in rows] == list(order)


def test_a_storm_is_one_row_with_a_number() -> None:
    rows = draw_pages(scene(alerts=(alert(pages=40),)), 100, 20)
    assert len(rows) == 1
    assert "x40 pages" in rows[0].text


@pytest.mark.parametrize("width", [24, 40, 58, 80, 160])
@pytest.mark.parametrize("stale", [False, True])
def test_a_stale_sensor_says_so_in_words_at_every_width(width: int, stale: bool) -> None:
    one = Reading(
        "x", "Errors of everything", "%", 12.0, BEGIN_NS, 1500, stale, ((BEGIN_NS, 12.0),)
    )
    for ink in (DARK, MONO, ink_for("no-colour", ascii=True)):
        (line,) = draw_sensors(scene(readings=(one,), ink=ink), width, 1)
        assert line.width <= width
        assert ("STALE" in line.text) == stale
        assert "12" in line.text


def test_a_rising_value_has_an_arrow_and_a_still_one_has_none() -> None:
    def row(*values: float) -> str:
        history = tuple((BEGIN_NS + n * MINUTE_NS, value) for n, value in enumerate(values))
        one = Reading("x", "Errors", "%", values[-1], history[-1][0], 0, False, history)
        return draw_sensors(scene(readings=(one,)), 80, 1)[0].text

    assert DARK.glyphs.rising in row(1, 5, 20)
    assert DARK.glyphs.falling in row(20, 5, 1)
    assert not {DARK.glyphs.rising, DARK.glyphs.falling} & set(row(20, 20, 20.5))


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=60), st.integers(1, 12))
def test_a_trend_never_breaks_and_shows_whatever_is_above_nothing(
    values: list[float], height: int
) -> None:
    history = tuple((BEGIN_NS + n * MINUTE_NS, value) for n, value in enumerate(values))
    one = Reading("x", "Errors", "%", values[-1], history[-1][0], 0, False, history)
    for width in (60, 120):
        for line in draw_sensors(scene(readings=(one,)), width, height):
            assert line.width <= width


def test_trends_are_over_the_same_minutes_and_one_that_is_fed_no_more_ends_early() -> None:
    now_ns = seat_view("collapse").t_ns

    def trend(last_min: int, every_min: int) -> str:
        history = tuple(
            (now_ns - minute * MINUTE_NS, 7.0) for minute in range(60, last_min - 1, -every_min)
        )
        taken_ns = history[-1][0]
        stale = last_min > 5
        one = Reading("x", "Errors", "%", 7.0, taken_ns, last_min * 60, stale, history)
        words = draw_sensors(scene(readings=(one,)), 100, 1)[0].text
        first = words.index("7") + 1
        return words[first : first + 48].replace("%", " ")

    fed, rare, dead = trend(0, 1), trend(0, 4), trend(20, 1)
    assert fed.count("█") == rare.count("█") > 20
    assert dead.count("█") == fed.count("█") - 15
    assert fed.index("█") == rare.index("█") == dead.index("█")


def test_no_sensors_is_said_and_not_left_blank() -> None:
    assert "ask operations" in text(draw_sensors(scene(readings=()), 60, 5))


@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=30), st.integers(8, 90))
@settings(max_examples=60)
def test_talk_shows_the_newest_and_more_rows_only_add_older_ones(
    texts: list[str], width: int
) -> None:
    kinds = ("message", "alert", "answer", "result", "began", "nag", "hint", "over", "odd")
    messages = tuple(
        Message(n, BEGIN_NS + n, kinds[n % len(kinds)], words) for n, words in enumerate(texts, 1)
    )
    now = scene(messages=messages)
    everything = [line.text for line in draw_says(now, width, 10_000)]
    for rows in (1, 3, 8):
        assert [line.text for line in draw_says(now, width, rows)] == everything[-rows:]


def test_the_same_thing_said_again_and_again_is_one_message() -> None:
    messages = tuple(Message(n, BEGIN_NS + n, "nag", "Robin: when?") for n in range(1, 6))
    lines = draw_says(scene(messages=messages), 60, 20)
    assert len(lines) == 1
    assert "(x5)" in lines[0].text


@pytest.mark.parametrize(
    ("kind", "words", "who", "how", "what"),
    [
        ("message", "support (call): it (really): burns", "support", "call", "it (really): burns"),
        ("message", "no form at all", "", "message", "no form at all"),
        ("answer", "Kim: nothing was deployed", "Kim", "answers", "nothing was deployed"),
        ("nag", "Robin: when: now?", "Robin", "calls", "when: now?"),
        ("alert", "leases: gone", "pager", "page", "leases: gone"),
        ("clear", "cleared: leases", "pager", "cleared", "leases"),
    ],
)
def test_who_said_it_and_how_is_read_from_a_message(
    kind: str, words: str, who: str, how: str, what: str
) -> None:
    one = said(kind, words)
    assert (one.who, one.how, one.what) == (who, how, what)


def test_work_says_how_long_such_a_thing_usually_takes_and_when_it_takes_longer() -> None:
    now = scene().view.t_ns
    begun, usual = now - 10 * MINUTE_NS, now + 5 * MINUTE_NS
    on_time = WorkView("w", "Restart it", "kim", begun, usual, "")
    late = attrs.evolve(on_time, expected_ns=begun + 4 * MINUTE_NS)
    assert "10 min of usually 15 min" in text(draw_work(scene(work=(on_time,)), 80, 9))
    assert "10 min; usually 4 min" in text(draw_work(scene(work=(late,)), 80, 9))


def test_work_that_was_done_can_be_verified_once_and_what_was_left_on_is_not_forgotten() -> None:
    done = WorkView("w", "Switch it off", "kim", BEGIN_NS, BEGIN_NS + 1, "done")
    assert "v verifies it" in text(draw_work(scene(work=(done,)), 80, 9))
    verified = attrs.evolve(done, verified=True, left_on="Switch it on")
    words = text(draw_work(scene(work=(verified,)), 80, 9))
    assert "v verifies it" not in words
    assert "verified" in words
    assert "still so, until: Switch it on" in words


def test_an_expectation_that_is_due_is_asked_about() -> None:
    now = scene().view.t_ns
    one = DecisionView(now - 9 * MINUTE_NS, "wait", "", "errors < 5", now - MINUTE_NS, 0.6)
    words = text(draw_log(scene(decisions=(one,)), 80, 9))
    assert "DUE since" in words
    assert "errors < 5?" in words
    assert any("due" in item.words for item in waiting(scene(decisions=(one,))))
    later = attrs.evolve(one, by_ns=now + 5 * MINUTE_NS)
    assert "in 5 min: errors < 5, 60 % sure" in text(draw_log(scene(decisions=(later,)), 80, 9))


def test_an_empty_seat_in_which_somebody_stands_in_is_one_line() -> None:
    now = scene(seat="commander", present=(Present("scribe"),))
    assert "nobody  scribe" in text(draw_roster(now, 60, 99))
    wren = PersonView("wren", "Wren", "scribe")
    helped = attrs.evolve(now, view=attrs.evolve(now.view, roster=(*now.view.roster, wren)))
    told = text(draw_roster(helped, 60, 99))
    assert "Wren  scribe" in told
    assert "nobody" not in told
    assert len(draw_roster(helped, 60, 99)) == roster_rows(helped)


def test_the_roster_takes_as_many_rows_as_it_says() -> None:
    present = (Present("operations", "Ben", here=False), Present("scribe", "Ida", here=True))
    for seat in SEATS:
        now = scene(seat=seat, present=present)
        assert len(draw_roster(now, 60, 99)) == roster_rows(now)
    assert "Ben  operations  not here" in text(draw_roster(now, 60, 99))


@pytest.mark.parametrize(
    ("tempo", "words"),
    [
        (Tempo(6.0695, 6.0), "time x6.07"),
        (Tempo(40.0, 40.0, auto=False, why="set by hand"), "time x40: set by hand"),
        (Tempo(5.0, 5.0, why="a page is open"), "time x5: a page is open"),
        (Tempo(0.0, 0.0, frozen=True, why="frozen"), "time stands still"),
    ],
)
def test_the_pace_is_told_in_words_with_its_reason(tempo: Tempo, words: str) -> None:
    assert tempo_words(scene(tempo=tempo)) == words


def test_where_commands_cost_time_it_is_said_that_time_stands() -> None:
    welcome = StagedSeat("quiet", verb_cost=True).welcome
    stands = attrs.evolve(scene("quiet"), welcome=welcome, tempo=Tempo(0.0, 0.0))
    assert tempo_words(stands) == "time moves when you act"


def test_hints_that_are_left_are_counted_at_the_foot() -> None:
    words = dict(foot_keys("solo", 7, may_steer=True, hints=2))
    assert words["i"] == "hint (2)"
    assert dict(foot_keys("solo", 7, may_steer=True))["i"] == "hint"


@pytest.mark.parametrize("width", range(20, 240, 11))
def test_the_three_clocks_are_there_at_every_width_that_has_room(width: int) -> None:
    lines = draw_clocks(scene(), width, 2)
    words = text(lines)
    assert all(line.width <= width for line in lines)
    assert "02:57:00" in words
    if width >= 64:
        assert "31 min since you took over" in words
        assert "3 h 03 min left" in words


@given(st.floats(-1e12, 1e12))
def test_a_value_fits_its_column(value: float) -> None:
    assert 0 < len(number(value)) <= 9


def test_plurals() -> None:
    assert plural(1, "page") == "1 page"
    assert plural(2, "page") == "2 pages"
    assert plural(3, "PAGE", "PAGES") == "3 PAGES"


# -- every panel --------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [one for one in SEAT_MOMENTS if one != "coming"])
@pytest.mark.parametrize("seat", SEATS)
def test_every_drawing_keeps_to_its_width_and_to_ascii(moment: SeatMoment, seat: str) -> None:
    now = scene(moment, ink_for("no-colour", ascii=True), seat)
    for kind in PANEL_KINDS:
        for width in (30, 57, 78, 160):
            for line in kind.draw(now, width, 12):
                assert line.width <= width, (kind.part, width, line.text)
                assert line.text.isascii(), (kind.part, line.text)
    assert text(draw_briefing(now, 70, first=True)).isascii()
    assert set("".join(attrs.astuple(ASCII))) <= {chr(n) for n in range(32, 127)}


HOSTILE = "\x1b]0;mine\x07 \x1b[2J \x9b31m ‮evil \t\n\r\x00 ⁦x⁩ \u200b [bold]b[/bold]"


def test_no_text_of_anybody_else_reaches_the_terminal_as_anything_but_text() -> None:
    source = StagedSeat("collapse", "commander")
    assert source.view is not None
    source.view = _hostile(attrs.evolve(source.view, seat="commander"))
    source.present = (Present("operations", HOSTILE, here=True),)
    source.tempo = Tempo(5.0, 5.0, why=HOSTILE)
    source.answers.append(Answer(1, HOSTILE))

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        for keys in (("enter",), ("b",), ("escape",), ("question_mark",), ("escape",), ("ctrl+p",)):
            await pilot.press(*keys)
            await pilot.pause()
            for strip in strips(app):
                for segment in strip:
                    assert segment.text.isprintable(), segment
        await pilot.press("escape")
        assert "[bold]" in shown(app, "says")

    play(session, source=source, briefed=False)


def _hostile(value: Any) -> Any:
    """The same with every text replaced by a hostile one, but for ids that decide how it is
    drawn."""
    if isinstance(value, tuple):
        return tuple(_hostile(one) for one in value)
    if isinstance(value, str):
        return HOSTILE
    if not attrs.has(type(value)):
        return value
    kept = {"seat", "drill", "over", "severity", "state", "kind", "commander", "history", "pattern"}
    if isinstance(value, WorkView):
        kept |= {"report"}
    changed = {
        field.name: _hostile(getattr(value, field.name))
        for field in attrs.fields(type(value))
        if field.name not in kept
    }
    return attrs.evolve(value, **changed)


@given(st.text())
def test_a_harmless_line_has_the_same_length_and_nothing_that_is_not_printable(words: str) -> None:
    line = harmless(Line().add(words, DARK.plain).add(" and more", DARK.bad))
    assert line.text.isprintable()
    assert len(line.text) == len(words) + len(" and more")


def test_a_link_that_failed_says_so_instead_of_everything_else() -> None:
    now = scene("storm", link=SeatLink(lost="cable cut", reconnecting=True))
    assert "CONNECTION LOST: cable cut" in text(draw_attention(now, 120))
    assert "UNANSWERED" not in text(draw_attention(now, 120))
