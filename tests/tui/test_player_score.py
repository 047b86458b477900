"""How a drill went: three panels in words and numbers, and where a player goes from there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs
import pytest
import trio
from textual.app import App
from textual.pilot import Pilot

from outage_agents.drills.drill import Drill, Measure
from outage_agents.drills.drill_file import drill_text, load_drill
from outage_agents.drills.gaps import Gap
from outage_agents.drills.journal import entry_text
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.prices import Price
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.score import (
    Awareness,
    Conduct,
    Ghost,
    ObjectiveResult,
    Outcome,
    Score,
)
from outage_engine.recording.writer import RecordingWriter
from outage_tui.dashboard.end_of_drill import NoScoreError, how_it_went
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.played_drill import PlayedDrill, Turn, played_drill
from outage_tui.dashboard.renderables.ink import Ink, ink_for
from outage_tui.dashboard.renderables.player_score import (
    after,
    awareness_words,
    calibration,
    compared,
    conduct_words,
    draw_score,
    gap_words,
)
from outage_tui.dashboard.renderables.wording import MINUTE_NS, Clock
from outage_tui.dashboard.screens import player_end_screen
from outage_tui.dashboard.screens.player_end_screen import PlayerEndScreen
from outage_tui.dashboard.screens.player_menu_screen import PlayerMenuScreen
from outage_tui.dashboard.staged_facilitator import StagedFacilitator
from outage_tui.dashboard.themes import TEXTUAL_THEMES
from outage_tui.drill_link import Ended
from outage_tui.mishap import BadUsage

from .test_facilitator_keys import drive

SHORT = Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml"
CLOCK = Clock("2025-10-19T23:00:00-07:00", 48 * 60)
BEGIN_NS = 206 * MINUTE_NS
GHOSTS = (
    Ghost("do nothing", 130_000.0, 120_000.0, 140_000.0, 20, 128_000.0,
          standing="less than with any luck of 20"),
    Ghost("as in history", None),
    Ghost("best known", 39_000.0, 30_000.0, 50_000.0, 20, standing="within what luck alone does"),
)  # fmt: skip
CONDUCT = Conduct(
    declared_after_s=120, first_post_after_s=300, posts=4, posts_late=1, actions=5, needless=1,
    decoys=2, verified_share=0.8, all_clear_too_early=True, failover_left_off=True, hint_min=5,
)  # fmt: skip
AWARENESS = Awareness(2, 1, 3, 0.12, 1, 1, calibration="60% sure on average, and 2 of 3 came")
PRICES = (
    Price(BEGIN_NS + 64 * MINUTE_NS, "dwfm.throttle", 3840, 25_000.0, because="first sign: alert"),
    Price(BEGIN_NS + 90 * MINUTE_NS, "the end", 600, 1_000.0, because="the last action"),
)
OBJECTIVES = (
    ObjectiveResult("a", "DWFM has its leases", "outcome", True, 3000),
    ObjectiveResult("b", "Customers are told", "conduct", False, None),
    ObjectiveResult("c", "No host is added", "conduct", True, None),
    ObjectiveResult("d", "The cause is named", "awareness", False, 5400),
)
SCORE = Score(
    Outcome(41_000.0, 0.12, 1, 1.2e6, GHOSTS,
            (Gap("trap", "to leave the trap", 109, BEGIN_NS, None, 64.0),)),
    CONDUCT, AWARENESS, OBJECTIVES, PRICES, "leased",
)  # fmt: skip


def drill() -> Drill:
    return attrs.evolve(
        load_drill("trap"),
        title="Leave the trap",
        names=(("DWFM", "the allocator"),),
        measure=Measure("dwfm.broken", "droplets without a lease", "droplet-minutes"),
        debrief="All the work was done too late. That night it took 109 minutes to leave it.",
    )


def played(score: Score = SCORE) -> PlayedDrill:
    return PlayedDrill(
        drill(), score, BEGIN_NS, BEGIN_NS + 90 * MINUTE_NS, "every droplet has its lease",
        Path("drills/trap.otrec"), "outage-tui drill trap --seed 1",
        (Turn(BEGIN_NS + MINUTE_NS, "decide: wait"), Turn(BEGIN_NS + 9 * MINUTE_NS, "begin: look")),
    )  # fmt: skip


def drawn(score: Score = SCORE, width: int = 100, ink: Ink | None = None) -> str:
    lines = draw_score(played(score), CLOCK, ink or ink_for("dark"), width)
    assert all(line.width <= width for line in lines)
    return "\n".join(line.text.rstrip() for line in lines)


def with_outcome(**changes: object) -> Score:
    return attrs.evolve(SCORE, outcome=attrs.evolve(SCORE.outcome, **changes))  # type: ignore[arg-type]


# -- what it says --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [38, 76, 100, 120, 160, 200])
def test_all_of_it_is_told_at_every_width(width: int) -> None:
    text = " ".join(drawn(width=width).replace("│", " ").split())
    for piece in ("OUTCOME", "CONDUCT", "AWARENESS", "WHAT WAS THE MATTER", "TO KEEP", "41 k",
                  "not run yet", "02:26 to 03:56", "109 minutes"):  # fmt: skip
        assert piece in text


def test_it_says_why_it_ended_where_the_recording_is_and_how_to_play_it_again() -> None:
    text = drawn()
    assert "It is over: every droplet has its lease." in text
    assert "drills/trap.otrec" in text
    assert "outage-tui drill trap --seed 1" in text


def test_the_loss_stands_beside_other_courses_with_what_luck_does() -> None:
    outcome = attrs.evolve(SCORE.outcome, measured=None)
    assert compared(outcome) == [
        "68 % fewer customer-minutes than when nobody does anything, with the same luck;"
        " less than with any luck of 20.",
        "5 % more customer-minutes than in the best known play; within what luck alone does.",
        "Not run yet, so nothing can be said against it: as in history.",
    ]
    rows = drawn().split("\n")
    mine = next(row for row in rows if row.startswith("this play"))
    ghost = next(row for row in rows if row.startswith("do nothing"))
    assert mine.count("━") < ghost.count("━")
    assert "120 k to 140 k" in ghost


def test_a_loss_of_several_times_is_said_in_times() -> None:
    (text, *_) = compared(attrs.evolve(SCORE.outcome, customer_minutes=512_000.0, measured=None))
    assert text.startswith("4.0 times as many customer-minutes as when nobody does anything")


def test_what_the_drill_is_about_is_compared_where_ghosts_know_it() -> None:
    ghost = attrs.evolve(GHOSTS[0], measured=2.4e6, measured_low=2e6, measured_high=3e6)
    text = drawn(with_outcome(ghosts=(ghost,)))
    assert "droplets without a lease" in text
    assert "1.2 M" in text
    assert "50 % fewer droplet-minutes than when nobody does anything;" in text


def test_a_ghost_that_has_not_run_is_said_to_be_so_and_has_no_bar() -> None:
    rows = drawn().split("\n")
    missing = [row for row in rows if row.startswith("as in history")]
    assert missing
    assert all("not run yet" in row and "━" not in row for row in missing)


def test_objectives_stand_in_their_panel_with_when() -> None:
    text = drawn(width=100)
    outcome, rest = text.split("CONDUCT")
    conduct, awareness = rest.split("AWARENESS")
    assert "● Met, after 50 min: the allocator has its leases." in outcome
    assert "✖ Not met: Customers are told." in conduct
    assert "● Met: No host is added." in conduct
    assert "✖ Not met, after 1 h 30 min: The cause is named." in awareness


def test_the_dearest_wait_is_told_with_from_when_and_why() -> None:
    text = " ".join(drawn().split())
    assert 'From 02:26, first sign: alert, until "Limit the lease work' in text
    assert "was begun at 03:30, 1 h 04 min: 25 k customer-minutes." in text
    end_dearer = (PRICES[0], attrs.evolve(PRICES[1], customer_minutes=90_000.0))
    both = " ".join(drawn(attrs.evolve(SCORE, prices=end_dearer)).split())
    assert both.index("to the end at 03:56") < both.index("was begun at 03:30")
    only_end = attrs.evolve(SCORE, prices=PRICES[1:])
    assert "From the last action at 03:46 to the end at 03:56, 10 min" in drawn(only_end)
    assert "No wait cost customers anything." in drawn(attrs.evolve(SCORE, prices=()))


def test_waits_of_that_night_stand_beside_the_same_here() -> None:
    gap = SCORE.outcome.gaps[0]
    words = "To leave the trap: 1 h 04 min and not over (that night 1 h 49 min)."
    assert gap_words(gap) == words
    assert "and not over" not in gap_words(attrs.evolve(gap, until_ns=BEGIN_NS))
    assert words in drawn()


def test_conduct_is_told_without_blame_and_complete() -> None:
    words = [text for _, text in conduct_words(CONDUCT)]
    assert words == [
        "An incident was declared after 2 min.",
        "Customers heard first after 5 min.",
        "4 updates to customers; the next one came late.",
        "The all-clear came while services were down, or soon again.",
        "5 actions begun; 1 refused or not needed; 2 that could change nothing in the Region.",
        "Of what was done, 80 % was looked at soon after.",
        "Automatic failover is still off.",
        "Hints were taken for 5 min.",
    ]
    nothing = Conduct(None, None, 0, 0, 0, 0, 0, None, False, False, 0)
    assert [text for _, text in conduct_words(nothing)] == [
        "No incident was declared.",
        "Customers were told nothing.",
        "No action was begun.",
    ]


def test_awareness_is_told_in_words() -> None:
    assert [text for _, text in awareness_words(played())] == [
        "2 questions asked in between; 1 answered within tolerance.",
        "3 expectations judged. 60 % sure on average, and 2 of 3 came.",
        "Of suspicions from the call, 1 judged rightly, 1 wrongly.",
    ]
    silent = attrs.evolve(SCORE, awareness=Awareness(0, 0, 0, None, 0, 0))
    assert [text for _, text in awareness_words(played(silent))] == [
        "No expectation could be judged: none was a condition whose time came."
    ]


def test_calibration_in_words_gets_worse_with_the_figure() -> None:
    words = [calibration(brier).partition(" (")[0] for brier in (0.0, 0.2, 0.6)]
    assert len(set(words)) == 3
    assert "0.20" in calibration(0.2)
    assert (after(20), after(720)) == ("at once", "after 12 min")


def test_nothing_ranks_people_and_no_number_stands_for_all() -> None:
    text = drawn().lower()
    for word in ("points", "grade", "rank", "leaderboard", "total score", "winner", "fault of"):
        assert word not in text
    assert "reconstruction from a public account" in " ".join(text.split())


def test_without_colour_and_in_ascii_it_says_the_same() -> None:
    text = drawn(ink=ink_for("no-colour", ascii=True))
    assert text.isascii()
    assert "o Met, after 50 min" in text
    assert "X Not met: Customers are told." in text


# -- from a recording ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A play of the short drill, recorded."""
    path = tmp_path_factory.mktemp("play") / "play.otrec"
    meta = {"drill": drill_text(str(SHORT)), "seed": "1"}
    writer = RecordingWriter(path, meta=meta, scenario="", journal=True)
    short = load_drill(str(SHORT))
    stage = Stage.of(short, make_keeper=lambda _, __: writer)
    play = short.play("good")
    assert play is not None
    trio.run(stage.play, ScriptedPlayer(play))
    for entry in stage.journal:
        writer.journal(entry.t_ns, entry.seat, entry.kind, entry_text(entry))
    world = stage.simulation.world
    writer.close(
        digest=bytes.fromhex(world.digest),
        events=world.recorded_events,
        virtual_ns=world.now,
        summary="",
    )
    return path


def test_a_recording_tells_how_it_went_and_what_was_chosen_when(recording: Path) -> None:
    found = played_drill(recording, why="stable", command="again")
    assert found.drill.id == "short"
    assert found.score.conduct.posts == 1
    assert found.begin_ns < found.end_ns
    words = [turn.words for turn in found.turns]
    assert "decide: stop and restore" in words
    assert "task for kim: Stop the three DNS Enactors" in words
    assert "tell customers: we know" in words
    assert [turn.t_ns for turn in found.turns] == sorted(turn.t_ns for turn in found.turns)
    assert draw_score(found, CLOCK, ink_for("dark"), 80)


def test_what_is_no_drill_has_no_score(tmp_path: Path) -> None:
    with pytest.raises(NoScoreError, match=r"missing\.otrec"):
        played_drill(tmp_path / "missing.otrec", why="x")


def test_what_was_not_recorded_has_no_score_either() -> None:
    async def session() -> None:
        ended = Ended(BEGIN_NS, "the time is up", "time")
        with pytest.raises(NoScoreError, match="not recorded"):
            await how_it_went(App(), ended, CLOCK, ink_for("dark"), may_go_back=True)

    asyncio.run(session())


# -- the screen ----------------------------------------------------------------------------------

STAYS = -1


class Desk(App[None]):
    """Nothing but the end of a drill."""

    def __init__(self, screen: PlayerEndScreen) -> None:
        super().__init__()
        for theme in TEXTUAL_THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self._end = screen
        self.chosen: int | None = STAYS

    def on_mount(self) -> None:
        def take(chosen: int | None) -> None:
            self.chosen = chosen

        self.push_screen(self._end, take)

    @property
    def text(self) -> str:
        return "\n".join(row.text.rstrip() for row in self.screen._compositor.render_strips())


Session = Callable[[Pilot[None], Desk], Awaitable[None]]


def at_the_end(
    session: Session,
    *,
    report: Callable[[Path, Path], object] = lambda _, __: None,
    shown: PlayedDrill | None = None,
    may_go_back: bool = True,
    size: tuple[int, int] = (80, 24),
) -> Desk:
    desk = Desk(
        PlayerEndScreen(
            shown or played(), CLOCK, ink_for("dark"), report=report, may_go_back=may_go_back
        )
    )

    async def run() -> None:
        async with desk.run_test(size=size) as pilot:
            await pilot.pause()
            await session(pilot, desk)
            await pilot.pause()

    asyncio.run(run())
    return desk


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (40, 12)])
def test_it_is_scrolled_to_its_end_and_left(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        assert "Leave the trap" in desk.text
        await pilot.press("end")
        assert "--seed 1" in desk.text
        await pilot.press("q")

    assert at_the_end(session, size=size).chosen is None


def test_the_report_is_written_beside_the_recording_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    recorded = tmp_path / "play.otrec"
    (tmp_path / "play.html").write_text("older")
    written: list[tuple[Path, Path]] = []

    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await pilot.press("r")
        await pilot.pause()
        assert "report written" in desk.text

    shown = attrs.evolve(played(), recording=recorded)
    at_the_end(session, shown=shown, report=lambda *paths: written.append(paths))
    assert written == [(recorded, tmp_path / "play-2.html")]


@pytest.mark.parametrize(
    "error", [BadUsage("the recording is damaged"), PermissionError(13, "may not be written")]
)
def test_why_no_report_could_be_written_is_said(error: Exception) -> None:
    def report(_: Path, __: Path) -> None:
        raise error

    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await pilot.press("r")
        await pilot.pause()
        assert "no report was written" in desk.text

    at_the_end(session, report=report)


def test_courses_that_nobody_ran_are_run_and_shown_as_they_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Running:
        is_over = False
        stopped = 0

        def stop(self) -> None:
            self.stopped += 1

    running, known = Running(), GHOSTS
    started: list[tuple[str, int | None]] = []

    def start(text: str, seed: int | None) -> Running:
        started.append((text, seed))
        return running

    monkeypatch.setattr(player_end_screen, "start_ghosts", start)
    monkeypatch.setattr(player_end_screen, "known_ghosts", lambda _, __: known)
    monkeypatch.setattr(player_end_screen, "LOOK_S", 0.01)

    async def session(pilot: Pilot[None], desk: Desk) -> None:
        nonlocal known
        assert "as in history being run" in " ".join(desk.text.split())
        assert "Not run yet" not in desk.text
        known = (GHOSTS[0], attrs.evolve(GHOSTS[0], id="as in history"), GHOSTS[2])
        running.is_over = True
        while "being run" in desk.text:
            await pilot.pause()
        assert "as in history 130 k" in " ".join(desk.text.split())

    score = with_outcome(measured=None)
    at_the_end(session, shown=attrs.evolve(played(score), text="a drill", seed=7))
    assert started == [("a drill", 7)]


def test_courses_are_ended_with_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Running:
        is_over = False
        stopped = False

        def stop(self) -> None:
            self.stopped = True

    running = Running()
    monkeypatch.setattr(player_end_screen, "start_ghosts", lambda _, __: running)

    async def session(pilot: Pilot[None], desk: Desk) -> None:
        assert not running.stopped
        await pilot.press("q")

    at_the_end(session, shown=attrs.evolve(played(), text="a drill"))
    assert running.stopped


def test_one_goes_back_to_just_before_a_decision() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await pilot.press("g")
        await pilot.pause()
        assert "decide: wait" in desk.text
        await pilot.press("down", "enter")
        await pilot.pause()

    assert at_the_end(session).chosen == BEGIN_NS + 9 * MINUTE_NS


def test_without_a_host_nobody_goes_back_and_it_is_said_why() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        assert "g go back" not in desk.text
        await pilot.press("g")
        await pilot.pause()
        assert "host is gone" in desk.text

    assert at_the_end(session, may_go_back=False).chosen == STAYS


def test_leaving_the_choice_of_a_moment_stays_at_the_score() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await pilot.press("g")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert "OUTCOME" in desk.text

    assert at_the_end(session).chosen == STAYS


def test_a_facilitator_sees_how_it_went_and_goes_back_as_ever(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player_end_screen, "start_ghosts", lambda _, __: None)

    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("s")
        while not isinstance(app.screen, PlayerEndScreen):
            await pilot.pause()
        await pilot.press("g")
        await pilot.pause()
        assert isinstance(app.screen, PlayerMenuScreen)
        await pilot.press("escape", "q")
        await pilot.pause()
        assert len(app.screen_stack) == 1

    source = StagedFacilitator("over")
    ended = Ended(BEGIN_NS, "stable", "stable", recording=str(recording))
    source.link = attrs.evolve(source.link, ended=ended)
    drive(session, source)


def test_a_score_that_cannot_be_read_is_told_and_the_screen_stays(tmp_path: Path) -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("s")
        while "refused" not in app.station().notice:
            await pilot.pause()
        assert "gone.otrec" in app.station().notice
        assert app.screen is app.main

    source = StagedFacilitator("over")
    ended = Ended(BEGIN_NS, "stable", "stable", recording=str(tmp_path / "gone.otrec"))
    source.link = attrs.evolve(source.link, ended=ended)
    drive(session, source)
