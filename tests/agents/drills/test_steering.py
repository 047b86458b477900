"""Laws of steering: a facilitator moves an exercise, players see what comes of it and not who did.

On the drill that plays in a second, and one shorter still.
"""

from pathlib import Path

import attrs
import msgspec
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage_agents.drills.director import Director
from outage_agents.drills.drill import SEATS
from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.drill_file import read_drill
from outage_agents.drills.journal import (
    Acknowledge,
    Approve,
    Begin,
    Break,
    Command,
    Decide,
    Declare,
    EditInject,
    Entry,
    FireInject,
    Mark,
    Mend,
    Note,
    Override,
    Post,
    PutOffInject,
    Rank,
    SkipInject,
    Stop,
    entry_of,
    entry_text,
)
from outage_agents.drills.players import StampedPlayer
from outage_agents.drills.rankings import REVEAL_AFTER_NS, rankings
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.seat_view import FacilitatorView, SeatView
from outage_engine.clock import MINUTE, SECOND

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")
DRILL = read_drill("short", TEXT)
BRIEF = attrs.evolve(
    DRILL,
    run=attrs.evolve(
        DRILL.run,
        end="00:05",
        settings=(("dns.endpoints", "3"), ("dns.resolvers", "4")),
    ),
)
"""Twenty minutes."""
BEGIN_NS = prepared(BRIEF)[1]


@attrs.define
class Speaker:
    """Says given things at given seconds; keeps the answers, and can look at each sample."""

    words: list[tuple[int, str, Command]]
    answers: list[str] = attrs.field(factory=list)
    refused: list[bool] = attrs.field(factory=list)

    def next_ns(self, t_ns: int) -> int | None:
        return None

    def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
        since_s = (t_ns - director.begin_ns) // SECOND
        said = [word for word in self.words if word[0] <= since_s]
        self.words = [word for word in self.words if word[0] > since_s]
        for _, seat, command in said:
            self.answers.append(director.take(seat, command, t_ns))
            self.refused.append(director.refused)
        return []


@attrs.define
class Shown:
    """What seats and the facilitator saw at every sample."""

    seats: dict[int, dict[str, SeatView]] = attrs.field(factory=dict)
    facilitator: dict[int, FacilitatorView] = attrs.field(factory=dict)

    def look(self, stage: Stage) -> None:
        since_s = (stage.simulation.world.now - stage.begin_ns) // SECOND
        views = {seat: stage.director.view_of(seat) for seat in SEATS}
        self.seats[since_s] = views
        self.facilitator[since_s] = stage.director.facilitator_view()


def played(*words: tuple[int, str, Command], brief: bool = True) -> tuple[Stage, Speaker, Shown]:
    stage, speaker, shown = Stage.of(BRIEF if brief else DRILL), Speaker(list(words)), Shown()
    trio.run(stage.play, speaker, shown.look)
    return stage, speaker, shown


def again(entries: tuple[Entry, ...]) -> Stage:
    stage = Stage.of(BRIEF)
    trio.run(stage.play, StampedPlayer(entries))
    return stage


sensors = st.sampled_from(["empty", "errors", "emty"])
numbers = st.integers(0, 3)
faults = st.sampled_from(
    ["crash:resolver-*", "pause:enactor-2", "crash:resolver-*+2m", "loss:nobody", ""]
)
steering = st.one_of(
    st.builds(FireInject, numbers),
    st.builds(SkipInject, numbers),
    st.builds(EditInject, numbers, st.sampled_from(["they are angry", ""])),
    st.builds(PutOffInject, numbers, st.sampled_from([0.5, 3.0, 1e9])),
    st.builds(Break, faults),
    st.builds(Mend, faults),
    st.builds(
        Override,
        sensors,
        st.sampled_from(["off", "hold", "value", "restore", "melt"]),
        st.floats(-10, 100),
    ),
    st.builds(Mark, st.sampled_from(["declared", ""]), st.sampled_from(["", "P", "X"])),
    st.builds(Note, st.just("hm")),
)
playing = st.sampled_from(
    [
        Declare(),
        Begin("zone.look"),
        Begin("dns.restore_from_rollback"),
        Approve(1, "ROLLBACK"),
        Acknowledge("empty"),
        Decide("wait"),
        Post(claims=["x"]),
    ]
)
told = st.lists(
    st.tuples(st.integers(0, 110).map(lambda tens: 10 * tens), st.just("facilitator"), steering)
    | st.tuples(st.integers(0, 110).map(lambda tens: 10 * tens), st.just("solo"), playing),
    max_size=12,
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told)
def test_whatever_a_facilitator_does_its_commands_again_give_the_same(
    words: list[tuple[int, str, Command]],
) -> None:
    stage, speaker = Stage.of(BRIEF), Speaker(sorted(words, key=lambda word: word[0]))
    trio.run(stage.play, speaker)
    assert len(speaker.answers) == len(words)
    assert all(answer for answer in speaker.answers)
    read_back = tuple(entry_of(entry_text(entry)) for entry in stage.journal)
    repeated = again(read_back)
    assert repeated.journal == stage.journal
    assert repeated.simulation.world.digest == stage.simulation.world.digest


def test_what_the_facilitator_notes_and_is_refused_changes_no_view_of_a_player() -> None:
    silent = (
        (20, "facilitator", Mark("declared", "S", "late")),
        (60, "facilitator", Note("they hesitate")),
        (90, "facilitator", Mend("crash:nobody@23:50")),
        (100, "facilitator", FireInject(99)),
        (110, "evaluator", Mark("commander", "P")),
        (120, "evaluator", Declare()),
        (130, "facilitator", Begin("zone.look")),
    )
    words = ((200, "solo", Begin("zone.look")), (300, "solo", Acknowledge("nothing")))
    _, _, with_it = played(*silent, *words)
    _, _, without = played(*words)
    for since_s, views in without.seats.items():
        for seat in SEATS:
            assert with_it.seats[since_s][seat] == views[seat], (since_s, seat)


def test_what_is_broken_stands_in_the_facilitators_view_until_it_is_mended() -> None:
    stage, speaker, shown = played((60, "facilitator", Break("crash:enactor-1")))
    assert not speaker.refused[0]
    (fault,) = shown.facilitator[60].faults
    assert fault.startswith("crash:enactor-1@")
    assert fault in shown.facilitator[600].faults
    _, speaker, shown = played(
        (60, "facilitator", Break("crash:enactor-1")), (300, "facilitator", Mend(fault))
    )
    assert speaker.refused == [False, False]
    assert shown.facilitator[290].faults == (fault,)
    assert shown.facilitator[310].faults == ()
    assert not any("crash" in str(views) for views in shown.seats[310].values())
    assert stage.director.over


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (FireInject(9), "the list has none of this number; it has 1, 2"),
        (SkipInject(1), "has come already"),
        (EditInject(2, "  "), "a text is wanted"),
        (PutOffInject(2, 1e9), "minutes: 1e+09 is outside 0..1440"),
        (Break("krash:enactor-1"), "did you mean crash"),
        (Mend("crash:enactor-1"), "is not broken now"),
        (Override("emty", "off"), "did you mean empty"),
        (Override("empty", "melt"), "none of off, hold"),
        (Mark("declared", "A"), "none of P, S, M, U"),
        (Mark("", "P"), "about something"),
        (Mark("declared"), "a rating"),
        (Note("x" * 5000), "5000 characters"),
        (Begin("dns.inspect"), "begin is not for facilitator"),
    ],
)
def test_what_cannot_be_is_refused_with_words(command: Command, why: str) -> None:
    _, speaker, _ = played((600, "facilitator", command))
    assert why in speaker.answers[0]
    assert speaker.refused == [True]


def test_nobody_but_the_facilitator_steers() -> None:
    commands: tuple[Command, ...] = (FireInject(1), Break("crash:enactor-1"), Stop("x"))
    words = [(60, seat, command) for seat in SEATS for command in commands]
    stage, speaker, _ = played(*words)
    assert all(speaker.refused)
    assert not stage.director.facilitator_view().faults
    assert stage.journal[-1].subject == "time"


def test_the_facilitator_ends_it_with_words() -> None:
    stage, _, _ = played((120, "facilitator", Stop("the fire alarm")))
    assert stage.director.over == "the fire alarm"
    assert stage.score().over == "facilitator"
    assert stage.journal[-1].t_ns == stage.begin_ns + 2 * MINUTE


def test_a_sensor_does_what_it_is_told_until_it_is_restored() -> None:
    _, _, shown = played(
        (120, "facilitator", Override("empty", "off")),
        (420, "facilitator", Override("empty", "value", 77)),
        (600, "facilitator", Override("empty", "hold")),
        (900, "facilitator", Override("empty", "restore")),
    )

    def reading(since_s: int) -> tuple[float | None, bool, str]:
        one = shown.seats[since_s]["solo"].readings[0]
        return one.value, one.stale, shown.facilitator[since_s].truth[0].override

    before = reading(110)
    assert reading(410) == (before[0], True, "off")
    assert reading(430) == (77.0, False, "says 77")
    assert reading(890) == (77.0, False, "held")
    value, stale, told = reading(1100)
    assert (value != 77.0, stale, told) == (True, False, "")
    taken = [moment for moment, _ in shown.seats[1100]["solo"].readings[0].history]
    assert taken == sorted(taken)


def test_a_sensor_that_says_a_number_pages_by_it() -> None:
    stage, _, _ = played((30, "facilitator", Override("empty", "value", 0.0)))
    assert not [entry for entry in stage.journal if entry.kind == "alert"]


def test_the_facilitator_sees_the_truth_the_list_the_journal_and_what_has_happened() -> None:
    _, _, shown = played(
        (60, "facilitator", PutOffInject(1, 3)),
        (60, "evaluator", Mark("commander", "M", "lost")),
        (70, "solo", Begin("zone.look")),
    )
    view = shown.facilitator[1100]
    first = view.injects[0]
    assert (first.n, first.state, first.put_off_s) == (1, "fired", 180)
    assert view.injects[0].fired_ns is not None
    assert view.marks[0].text == "lost"
    assert view.journal_length == view.journal[-1].n
    assert any(line.text == "puts inject 1 off by 3 min" for line in view.journal)
    assert any("zone.look" in line.text for line in view.journal)
    assert [one.sensor for one in view.truth] == ["empty", "errors"]
    assert view.milestones
    assert all(0 < moment <= 1100 * SECOND + BEGIN_NS for _, moment in view.milestones)


def test_an_inject_that_waits_for_a_condition_can_be_put_off_too() -> None:
    stage, _, _ = played((30, "facilitator", PutOffInject(2, 15)), (60, "solo", Begin("zone.look")))
    (came,) = [e for e in stage.journal if e.kind == "message" and e.subject == "2"]
    assert came.t_ns >= stage.begin_ns + 15 * MINUTE


def test_an_observer_sees_no_choice_before_it_has_ranked() -> None:
    order = ["dns.restore_from_rollback", "zone.look"]
    _, speaker, shown = played(
        (60, "operations", Begin("zone.look")),
        (60, "commander", Decide("look first")),
        (200, "observer", Rank(order)),
        (300, "operations", Begin("call.split")),
    )
    assert speaker.refused == [False] * 4
    hidden = shown.seats[190]["observer"]
    assert not hidden.work
    assert not hidden.decisions
    assert hidden.unranked_ns is not None
    assert not [m for m in hidden.messages if m.kind == "began"]
    assert shown.seats[190]["operations"].work
    ranked = shown.seats[200]["observer"]
    assert (len(ranked.work), len(ranked.decisions), ranked.unranked_ns) == (1, 1, None)
    assert len(shown.seats[310]["observer"].work) == 1
    late_s = 300 + REVEAL_AFTER_NS // SECOND
    assert len(shown.seats[late_s]["observer"].work) == 2
    assert len(shown.seats[310]["evaluator"].work) == 2


def test_a_ranking_stands_beside_the_choice_it_belongs_to() -> None:
    order = ["dns.restore_from_rollback", "zone.look"]
    stage, _, shown = played(
        (30, "observer", Rank(order, "before")),
        (60, "operations", Begin("zone.look")),
        (80, "operations", Begin("call.split")),
        (200, "observer", Rank(order, "after")),
        (210, "observer", Rank(["zone.look"])),
        (220, "observer", Rank(order, "nothing follows")),
    )
    assert [(one.why, one.chosen) for one in rankings(stage.journal)] == [
        ("before", "dns.inspect"),
        ("after", "call.split"),
        ("nothing follows", ""),
    ]
    assert rankings(stage.journal)[0].by == "operations"
    assert len(shown.seats[70]["observer"].work) == 1
    assert len(shown.seats[90]["observer"].work) == 1


def test_views_of_the_facilitator_can_be_sent() -> None:
    _, _, shown = played((60, "facilitator", Break("crash:enactor-1")))
    body = msgspec.json.encode(shown.facilitator[600])
    assert msgspec.json.decode(body, type=FacilitatorView) == shown.facilitator[600]
