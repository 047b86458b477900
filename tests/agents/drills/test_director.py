"""Laws of a drill: nothing but the drill, the seed and the commands decides how it goes.

All on a drill that plays in a second: the DNS race with ten endpoints.
"""

from collections.abc import Callable
from pathlib import Path

import attrs
import msgspec
import pytest
import trio

from outage_agents.drills.director import Director
from outage_agents.drills.drill import SEATS, Measure
from outage_agents.drills.drill_file import load_drill, read_drill
from outage_agents.drills.journal import (
    Approve,
    Begin,
    Command,
    Declare,
    EditInject,
    Entry,
    FireInject,
    Note,
    Post,
    PutOffInject,
    SkipInject,
    commands_of,
    entry_of,
    entry_text,
)
from outage_agents.drills.players import ScriptedPlayer, StampedPlayer
from outage_agents.drills.recorded_play import recorded_play
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.score import better
from outage_engine.clock import MINUTE
from outage_engine.recording.reader import Recording
from outage_engine.recording.writer import RecordingWriter

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")
DRILL = read_drill("short", TEXT)
Between = Callable[[Stage], object]


def play(name: str, between: Between | None = None, seed: int | None = None) -> Stage:
    spec = DRILL.play(name)
    assert spec is not None
    stage = Stage.of(DRILL, seed=seed)
    trio.run(stage.play, ScriptedPlayer(spec), between)
    return stage


def again(entries: tuple[Entry, ...]) -> Stage:
    stage = Stage.of(DRILL)
    trio.run(stage.play, StampedPlayer(entries))
    return stage


@attrs.define
class Says:
    """A player that says given things at given minutes, and keeps what it is answered."""

    words: list[tuple[int, str, Command]]
    answers: list[str] = attrs.field(factory=list)

    def next_ns(self, t_ns: int) -> int | None:
        return None

    def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
        now_min = (t_ns - director.begin_ns) // MINUTE
        said = [word for word in self.words if word[0] <= now_min]
        self.words = [word for word in self.words if word[0] > now_min]
        self.answers += [director.take(seat, command, t_ns) for _, seat, command in said]
        return []


def said(*words: tuple[int, str, Command]) -> tuple[Stage, list[str]]:
    stage, player = Stage.of(DRILL), Says(list(words))
    trio.run(stage.play, player)
    return stage, player.answers


@pytest.fixture(scope="module")
def good() -> Stage:
    return play("good")


@pytest.fixture(scope="module")
def nothing() -> Stage:
    return play("nothing")


def outcome(stage: Stage) -> tuple[object, ...]:
    return stage.simulation.world.digest, stage.score(), stage.journal


def test_a_good_play_ends_by_the_stop_condition_and_a_bad_one_by_time(
    good: Stage, nothing: Stage
) -> None:
    assert good.score().over == "stable"
    assert nothing.score().over == "time"
    assert good.score().met == 3
    assert better(good.score(), nothing.score())
    assert not better(nothing.score(), good.score())


def test_a_pause_of_any_length_changes_nothing(good: Stage) -> None:
    def pause(stage: Stage) -> None:
        stage.director.freeze()
        for seat in SEATS:
            stage.director.view_of(seat)
        stage.director.facilitator_view()
        if stage.simulation.world.now % (10 * MINUTE) == 0:
            stage.score()
        stage.director.thaw()

    assert outcome(play("good", pause)) == outcome(good)


def test_time_that_stands_brings_nothing_however_often_it_is_looked_at(good: Stage) -> None:
    stage = Stage.of(DRILL)

    def look_again(stage: Stage) -> None:
        before = stage.journal
        stage.director.freeze()
        truth = stage.truth.at(stage.simulation.world.now)
        assert truth is not None
        stage.director.sample(truth)
        stage.director.thaw()
        assert stage.journal == before

    spec = DRILL.play("good")
    assert spec is not None
    trio.run(stage.play, ScriptedPlayer(spec), look_again)
    assert outcome(stage) == outcome(good)


def test_an_inject_due_during_a_freeze_fires_after_it() -> None:
    """The facilitator fires one while time stands: it comes when time goes on, not before."""
    seen: list[tuple[int, bool]] = []

    def freeze_and_fire(stage: Stage) -> None:
        minutes = (stage.director.now_ns - stage.begin_ns) // MINUTE
        if minutes == 3 and not seen:
            stage.director.freeze()
            t_ns = stage.director.now_ns
            assert stage.director.take("facilitator", FireInject(2), t_ns).endswith("comes now")
            truth = stage.truth.at(stage.simulation.world.now)
            assert truth is not None
            stage.director.sample(truth)
            seen.append((minutes, stage.director.has_happened("inject", "2", "")))
            stage.director.thaw()

    stage = play("nothing", freeze_and_fire)
    assert seen == [(3, False)]
    (fired,) = [e for e in stage.journal if e.kind == "message" and e.subject == "2"]
    assert stage.begin_ns + 3 * MINUTE < fired.t_ns <= stage.begin_ns + 4 * MINUTE


def test_the_facilitator_can_skip_edit_and_put_off_what_is_ahead() -> None:
    def edit(stage: Stage) -> None:
        if not stage.journal:
            for command in (
                SkipInject(2),
                EditInject(1, "customers are angry"),
                PutOffInject(1, 1),
            ):
                stage.director.take("facilitator", command, stage.director.now_ns)
                assert not stage.director.refused

    changed = play("good", edit)
    told = [e for e in changed.journal if e.kind == "message"]
    assert [e.subject for e in told] == ["1"]
    assert told[0].text.endswith("customers are angry")
    assert told[0].t_ns == changed.begin_ns + 7 * MINUTE


def test_backtrack_and_the_same_commands_give_the_same_run_and_score(good: Stage) -> None:
    """Going back is playing the commands before a moment; with those after it, all is the same."""
    moment = good.begin_ns + 10 * MINUTE
    commands = commands_of(good.journal)
    kept = tuple(e for e in commands if e.t_ns < moment)
    later = tuple(e for e in commands if e.t_ns >= moment)
    assert kept
    assert later
    assert outcome(again((*kept, *later))) == outcome(good)


def test_a_branch_shares_all_that_was_before_it(good: Stage) -> None:
    moment = good.begin_ns + 10 * MINUTE
    branch = again(commands_of(good.journal, before_ns=moment))
    shared = [entry for entry in good.journal if entry.t_ns < moment]
    assert list(branch.journal[: len(shared)]) == shared
    assert branch.score().over == "time"


def test_the_score_from_the_recording_is_the_score_of_the_play(tmp_path: Path) -> None:
    path = tmp_path / "play.otrec"
    writer = RecordingWriter(path, meta={"drill": TEXT}, scenario="", journal=True)
    stage = Stage.of(DRILL, make_keeper=lambda _, __: writer)
    spec = DRILL.play("good")
    assert spec is not None
    trio.run(stage.play, ScriptedPlayer(spec))
    for entry in stage.journal:
        writer.journal(entry.t_ns, entry.seat, entry.kind, entry_text(entry))
    world = stage.simulation.world
    writer.close(
        digest=bytes.fromhex(world.digest),
        events=world.recorded_events,
        virtual_ns=world.now,
        summary="",
    )
    with Recording(path) as recording:
        known = recorded_play(recording)
        assert known.journal == stage.journal
        assert attrs.evolve(known.score(), outcome=stage.score().outcome) == stage.score()
        assert known.score().outcome.customer_minutes == stage.score().outcome.customer_minutes


def test_recording_a_play_changes_nothing(tmp_path: Path, good: Stage) -> None:
    writer = RecordingWriter(tmp_path / "p.otrec", meta={}, scenario="", journal=True)
    spec = DRILL.play("good")
    assert spec is not None
    stage = Stage.of(DRILL, make_keeper=lambda _, __: writer)
    trio.run(stage.play, ScriptedPlayer(spec))
    writer.abandon()
    assert outcome(stage) == outcome(good)


def test_names_of_the_real_thing_reach_no_seat(good: Stage) -> None:
    for seat in SEATS:
        view = msgspec.json.encode(good.director.view_of(seat)).lower()
        assert b"dynamodb" not in view
        assert b"dns.inspect" not in view
    assert b"zone.look" in msgspec.json.encode(good.director.view_of("solo"))


def test_a_sensor_goes_stale_while_what_feeds_it_is_down(nothing: Stage) -> None:
    fed, unfed = nothing.director.view_of("solo").readings
    assert not fed.stale
    assert unfed.stale
    assert unfed.age_s > 30 * 60
    assert unfed.value == 0.0  # what it read last; the truth is another


def test_a_storm_pages_many_times_and_goes_up_the_line_unanswered(
    good: Stage, nothing: Stage
) -> None:
    (state,) = nothing.director.view_of("solo").alerts
    assert state.pages > 40
    assert state.escalated
    assert not good.director.view_of("solo").alerts[0].escalated


def test_a_seat_does_what_is_its_own_only() -> None:
    stage, answers = said(
        (1, "commander", Begin("dns.inspect")),
        (1, "operations", Declare()),
        (1, "communications", Post(claims=["x"])),
        (1, "nobody", Note("x")),
        (2, "operations", Begin("dns.inspect")),
    )
    assert "not for commander" in answers[0]
    assert "not for operations" in answers[1]
    assert answers[2] == "noted"
    assert "no such seat" in answers[3]
    assert answers[4].startswith("begun")
    assert stage.score().conduct.declared_after_s is None
    assert not stage.director.view_of("commander").readings
    assert stage.director.view_of("commander").choices, "to give them to people"
    assert not stage.director.view_of("communications").choices
    assert stage.director.view_of("operations").choices


def test_what_needs_approval_waits_for_the_word() -> None:
    restore = Begin("dns.restore_from_rollback", {"force": "yes"})
    stage, answers = said(
        (5, "solo", restore),
        (6, "solo", Approve(1, "yes")),
        (7, "solo", Approve(2, "ROLLBACK")),
        (8, "solo", Approve(1, "ROLLBACK")),
    )
    assert answers[0] == "waits for approval 1"
    assert "word" in answers[1]
    assert "nothing waits" in answers[2]
    assert answers[3].startswith("begun")
    began = [e.t_ns for e in stage.journal if e.kind == "began"]
    assert began == [stage.begin_ns + 8 * MINUTE]


def test_luck_does_not_depend_on_when_somebody_acts() -> None:
    """The same action takes as long whether it is begun early or late, and whatever came before."""
    spans = []
    for minute in (1, 20):
        stage, _ = said((minute, "solo", Begin("dns.inspect")))
        entry = stage.simulation.scenario.script[0]
        assert entry.begin_ns is not None
        spans.append(entry.at_ns - entry.begin_ns)
    assert spans[0] == spans[1]


def test_an_unknown_action_is_refused_and_the_drill_goes_on() -> None:
    stage, answers = said((1, "solo", Begin("dns.inspekt")), (2, "solo", Begin("zone.look")))
    assert "did you mean" in answers[0]
    assert answers[1].startswith("begun: zone.look")
    assert stage.score().conduct.actions == 1


def test_people_are_the_same_for_a_seed_and_others_for_another(nothing: Stage) -> None:
    def guesses(stage: Stage) -> list[tuple[int, str]]:
        return [(e.t_ns - stage.begin_ns, e.text) for e in stage.journal if e.kind == "guess"]

    assert guesses(play("nothing")) == guesses(nothing)
    assert guesses(play("nothing", seed=2)) != guesses(nothing)
    assert len(guesses(nothing)) == 2


def test_who_hears_no_news_asks_for_it(good: Stage, nothing: Stage) -> None:
    def nags(stage: Stage) -> int:
        return sum(1 for entry in stage.journal if entry.kind == "nag")

    assert nags(nothing) > nags(good)


def test_the_better_play_wins_with_other_luck_too() -> None:
    assert better(play("good", seed=2).score(), play("nothing", seed=2).score())


def test_what_a_drill_measures_is_added_up_minute_by_minute_and_decides() -> None:
    measure = Measure("dns.customers_empty_share", "look-ups without an answer", "share-minutes")
    measured = {}
    for name in ("good", "nothing"):
        spec = DRILL.play(name)
        assert spec is not None
        stage = Stage.of(attrs.evolve(DRILL, measure=measure))
        trio.run(stage.play, ScriptedPlayer(spec))
        measured[name] = stage.score()
    loss = [measured[name].outcome.measured for name in ("good", "nothing")]
    assert loss[0] is not None
    assert loss[1] is not None
    assert 5 < loss[0] < loss[1] < 60
    assert better(measured["good"], measured["nothing"])


def test_an_entry_of_the_journal_reads_back_as_it_was(good: Stage) -> None:
    assert tuple(entry_of(entry_text(entry)) for entry in good.journal) == good.journal


def test_a_commander_sees_what_customers_notice_and_no_trend_of_it() -> None:
    stage = Stage.of(load_drill("trap"))
    by_id = {sensor.id: sensor.metric for sensor in stage.drill.sensors}
    for seat in ("commander", "communications"):
        readings = stage.director.view_of(seat).readings
        assert [by_id[one.id] for one in readings] == [
            metric for metric in by_id.values() if metric.startswith(("customers.", "impact."))
        ]
        assert readings
        assert not any(one.history for one in readings)
    assert len(stage.director.view_of("operations").readings) == len(by_id)
    assert not stage.director.view_of("scribe").readings
