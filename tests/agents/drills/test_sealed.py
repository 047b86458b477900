"""No seat's process is ever sent truth, score, or what the author keeps back.

Every place where a drill keeps something from players carries a plant: a value nobody can mistake.
All views of all seats over a whole play, with commands of every kind, and every answer, are written
out as they go over the link and searched. That the search finds leaks is a law of its own: each way
to leak that is put in by hand is found.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import msgspec
import pytest
import trio

from outage_agents.drills import director as director_module
from outage_agents.drills.alerts import AlertDesk
from outage_agents.drills.director import Director
from outage_agents.drills.drill import SEATS, Drill
from outage_agents.drills.drill_checks import known_metrics
from outage_agents.drills.drill_file import DrillError, read_drill
from outage_agents.drills.journal import (
    Acknowledge,
    AllClear,
    AnswerProbe,
    Approve,
    Ask,
    AskHint,
    Begin,
    Break,
    CallOff,
    Command,
    Decide,
    Declare,
    EditInject,
    FireInject,
    HandOver,
    Hypothesis,
    Mark,
    Note,
    Override,
    Post,
    PutOffInject,
    Rank,
    SkipInject,
    Staff,
    Task,
    Verify,
    Wait,
    command_kinds,
    kind_of,
)
from outage_agents.drills.names import Names
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.seat_view import Message, SeatView
from outage_agents.drills.seat_window import seat_view
from outage_agents.drills.truth import Truth
from outage_agents.drills.work import WorkDesk
from outage_agents.scenario import STAGES
from outage_engine.clock import MINUTE, SECOND

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")
DIGITS = "123457"
"""Every number of the truth ends in these; what a sensor shows is rounded."""
MARK = 0.000123457
NAMES = 'names = { dynamodb = "ledger", "dns.inspect" = "zone.look", "Route 53" = "signpost", dwfm = "steward", nlb = "weir" }'  # noqa: E501
REAL = ("dynamodb", "dns.inspect", "route 53", "dwfm", "nlb")
UNSAID = ("misleading", '"right"', "customer_minutes", "brier", "truth", 'expected"', "score")
NEVER = (
    "PLANT-EXPECTED",
    "PLANT-DEBRIEF",
    "PLANT-PLAY",
    "PLANT-STEP",
    "PLANT-HINT-LEFT",
    "PLANT-ANSWER",
    "PLANT-GUESS",
    "PLANT-PROBE",
    "PLANT-STOP",
    "PLANT-SKIPPED",
    "PLANT-EDIT",
    "PLANT-MARK",
    "PLANT-NOTE",
    "slow:planner,factor=1.5",
)
EVALUATORS = "PLANT-OBJECTIVE"


def planted() -> Drill:
    """The drill that plays in a second, with something in every place."""
    changes = (
        ('names = { dynamodb = "ledger", "dns.inspect" = "zone.look" }', NAMES),
        ("length_min = 10", 'length_min = 10\ndebrief = "PLANT-DEBRIEF"'),
        ("scale = 100.0\nunit", "scale = 100.0\nstep = 1.0\nunit"),
        ("copies = 40", "copies = 40\nmisleading = true"),
        ('expected = "declare an incident"', 'expected = "PLANT-EXPECTED"'),
        ('text = "nothing was deployed" }', 'text = "PLANT-ANSWER" }'),
        ('after = "5m" },', 'after = "5m" },\n  { text = "PLANT-GUESS", after = "90h" },'),
        ('title = "Looks, stops the automation, restores"', 'title = "PLANT-PLAY"'),
        ('text = "the record is empty", state', 'text = "PLANT-STEP", state'),
        ('text = "stable for five minutes"', 'text = "PLANT-STOP"'),
        ('when = "said:all_clear and', 'when = "after 9h and said:all_clear and'),
        ("[[plays]]", _MORE + "[[plays]]"),
    )
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    text = re.sub(
        r'(\[\[objectives\]\]\nid = "[a-z]+"\ntitle = )"[^"]*"', rf'\1"{EVALUATORS}"', text
    )
    drill = read_drill("planted", text)
    few = (("dns.endpoints", "3"), ("dns.resolvers", "4"))
    run = attrs.evolve(drill.run, begin="23:47", end="00:09", settings=few)
    return attrs.evolve(drill, run=run)


_MORE = """
[[probes]]
id = "late"
at = "5h"
question = "PLANT-PROBE"
metric = "dns.answers"

[[hints]]
text = "PLANT-HINT-LEFT"

[[injects]]
n = 3
at = "12m"
from = "x"
text = "PLANT-SKIPPED"

[[injects]]
n = 4
at = "13m"
from = "x"
text = "y"

"""
DRILL = planted()
SAID: tuple[tuple[int, str, Command], ...] = (
    (10, "facilitator", Staff(["solo"])),
    (20, "facilitator", SkipInject(3)),
    (20, "facilitator", EditInject(4, "PLANT-EDIT")),
    (20, "facilitator", PutOffInject(4, 600)),
    (30, "facilitator", Break("slow:planner,factor=1.5")),
    (30, "facilitator", Break("crash:dynamodbx")),
    (40, "facilitator", Mark("PLANT-MARK", "U", "PLANT-MARK")),
    (40, "facilitator", Override("errors", "off")),
    (50, "evaluator", Note("PLANT-NOTE")),
    (50, "evaluator", Mark("commander", "P", "PLANT-MARK")),
    (60, "facilitator", FireInject(1)),
    (60, "facilitator", FireInject(77)),
    (70, "solo", Declare()),
    (80, "solo", Begin("dns.inspekt")),
    (80, "solo", Begin("dwfm.thrott")),
    (80, "solo", Begin("zone.look", {"dynamodb": "1"})),
    (80, "solo", Begin("dwfm.throttle", {"max_outstanding_share": 7})),
    (90, "solo", Begin("zone.look")),
    (90, "solo", Begin("triage.packet_loss")),
    (90, "solo", Begin("app.rollback_deploy")),
    (90, "solo", Begin("dns.flush_caches")),
    (95, "commander", Task("kim", action="dns.restore_from_rollback")),
    (95, "commander", Task("kim", "look at the Enactors")),
    (95, "commander", Task("operations", "look")),
    (100, "solo", Ask("kim", "weather")),
    (100, "solo", Ask("kim", "errors of ledger")),
    (100, "solo", Ask("kim", "what is the cause?")),
    (110, "solo", CallOff("dns.inspect#1")),
    (110, "solo", CallOff("zone.look#9")),
    (120, "solo", AskHint()),
    (130, "solo", Hypothesis("a cable")),
    (140, "solo", Decide("wait", expect="errors < 5")),
    (150, "solo", Post(claims=["we look"], next_update_min=5)),
    (160, "communications", Post(claims=["x"])),
    (200, "solo", Begin("dns.restore_from_rollback", {"force": "yes"})),
    (210, "solo", Approve(1, "no")),
    (220, "solo", Approve(1, "ROLLBACK")),
    (230, "observer", Rank(["zone.look", "call.split"])),
    (230, "observer", Declare()),
    (240, "solo", Wait(3)),
    (250, "scribe", Note("it goes on")),
    (600, "solo", Acknowledge("empty")),
    (600, "solo", Acknowledge("dynamodb")),
    (900, "solo", AnswerProbe("share", 50)),
    (900, "solo", AnswerProbe("late", 50)),
    (960, "solo", Verify("zone.look")),
    (970, "solo", HandOver("operations", "all of it")),
    (1330, "solo", AllClear()),
)


@attrs.define
class Host:
    """Plays the commands with a marked truth, and writes down all that would be sent."""

    words: list[tuple[int, str, Command]]
    until_s: int = 10**9
    every_s: int = 10
    sent: list[tuple[str, str]] = attrs.field(factory=list)

    def next_ns(self, t_ns: int) -> int | None:
        return None

    def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
        since_s = (t_ns - director.begin_ns) // SECOND
        said = [word for word in self.words if word[0] <= since_s]
        self.words = [word for word in self.words if word[0] > since_s]
        for _, seat, command in said:
            answer = director.take(seat, command, t_ns)
            if seat in SEATS:
                self.sent.append((seat, answer))
        for seat in SEATS if since_s % self.every_s == 0 else ():
            self.sent.append((seat, msgspec.json.encode(director.view_of(seat)).decode()))
        if since_s >= self.until_s:
            director.end("time", "")
        return []


def sent(until_s: int = 10**9, every_s: int = 10) -> list[tuple[str, str]]:
    """Everything that goes to seats in one play."""
    stage, host = Stage.of(DRILL), Host(list(SAID), until_s, every_s)
    sample = stage.director.sample

    def marked(truth: Truth, *rest: object) -> None:
        numbers = tuple(number + MARK for number in truth.numbers)
        sample(attrs.evolve(truth, numbers=numbers), *rest)  # type: ignore[arg-type]

    stage.director.sample = marked  # type: ignore[assignment, method-assign]
    trio.run(stage.play, host)
    return host.sent


def leaks(frames: Sequence[tuple[str, str]]) -> list[str]:
    """What is in there that should not be."""
    metrics = [name for name in known_metrics(STAGES) if "." in name]
    found: list[str] = []
    for seat in SEATS:
        everything = "\n".join(text for to, text in frames if to == seat)
        lower = everything.lower()
        words = [*NEVER, *UNSAID, *metrics, DIGITS]
        words += [] if seat == "evaluator" else [EVALUATORS]
        found += [f"{seat}: {word}" for word in words if word in everything]
        found += [f"{seat}: {name}" for name in REAL if name in lower]
    return found


def test_nothing_that_is_kept_back_is_ever_sent_to_a_seat() -> None:
    frames = sent()
    assert len(frames) > 700
    assert leaks(frames) == []
    said = "\n".join(text for _, text in frames)
    for shown in ("ledger", "zone.look", "we look", "ask for the name", "customers call"):
        assert shown in said, shown
    assert any('"severity":"page"' in text for _, text in frames)
    assert any(EVALUATORS in text for seat, text in frames if seat == "evaluator")


def test_the_play_that_is_searched_has_commands_of_every_kind_but_mending_and_stopping() -> None:
    said = {kind_of(command) for _, _, command in SAID}
    assert {*command_kinds()} - said == {"mend", "stop"}


def leak_truth(view: SeatView, director: Director) -> SeatView:
    number = director.truth.numbers[0] if director.truth is not None else 0.0
    return attrs.evolve(view, briefing=f"{view.briefing} {number}")


def leak_text(pick: Callable[[Drill], str]) -> Callable[[SeatView, Director], SeatView]:
    def leak(view: SeatView, director: Director) -> SeatView:
        return attrs.evolve(view, hints=(*view.hints, pick(director.drill)))

    return leak


def leak_marks(view: SeatView, director: Director) -> SeatView:
    told = tuple(Message(n, 0, "mark", one.text) for n, one in enumerate(director.log.marks))
    return attrs.evolve(view, messages=(*view.messages, *told))


def leak_faults(view: SeatView, director: Director) -> SeatView:
    return attrs.evolve(view, hints=(*view.hints, *director.helm.faults()))


LEAKS: tuple[Callable[[SeatView, Director], SeatView], ...] = (
    leak_truth,
    leak_marks,
    leak_faults,
    leak_text(lambda drill: drill.debrief),
    leak_text(lambda drill: drill.hints[-1].text),
    leak_text(lambda drill: drill.injects[0].expected),
    leak_text(lambda drill: drill.injects[2].text),
    leak_text(lambda drill: drill.objectives[0].title),
    leak_text(lambda drill: drill.plays[0].title),
    leak_text(lambda drill: drill.probes[-1].question),
    leak_text(lambda drill: drill.stops[0].text),
    leak_text(lambda drill: drill.sensors[0].metric),
    leak_text(lambda drill: drill.names[0][0]),
    leak_text(lambda drill: str(attrs.asdict(drill.alerts[0]))),
    leak_text(lambda drill: str(attrs.asdict(drill.characters[0].guesses[0])).replace("'", '"')),
)


def test_whatever_leaks_into_a_view_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One moment late in a play is enough for each way to leak."""
    stage, host = Stage.of(DRILL), Host([word for word in SAID if word[0] <= 60], 120)
    trio.run(stage.play, host)
    director = stage.director
    assert director.truth is not None
    director.truth = attrs.evolve(
        director.truth, numbers=tuple(number + MARK for number in director.truth.numbers)
    )
    view = director.view_of("solo")
    for place, leak in enumerate(LEAKS):
        told = msgspec.json.encode(leak(view, director)).decode()
        bare = told.replace('\\"', '"')
        assert leaks([("solo", bare)]), f"leak {place} is not found"
    assert leaks([("solo", msgspec.json.encode(view).decode())]) == []


def leaky_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Names, "shown", lambda _, text: text)


def leaky_view(patch: pytest.MonkeyPatch) -> None:
    def with_truth(director: Director, seat: str) -> SeatView:
        return leak_truth(seat_view(director, seat), director)

    patch.setattr(director_module, "seat_view", with_truth)


def leaky_alerts(patch: pytest.MonkeyPatch) -> None:
    honest = AlertDesk.states
    flagged = "(misleading)"

    def states(desk: AlertDesk) -> object:
        return tuple(attrs.evolve(one, text=one.text + flagged) for one in honest(desk))

    patch.setattr(AlertDesk, "states", states)


def leaky_work(patch: pytest.MonkeyPatch) -> None:
    honest = WorkDesk.view

    def view(desk: WorkDesk, work: object) -> object:
        shown = honest(desk, work)  # type: ignore[arg-type]
        return attrs.evolve(shown, title=work.id)  # type: ignore[attr-defined]

    patch.setattr(WorkDesk, "view", view)


@pytest.mark.parametrize("leak", [leaky_names, leaky_view, leaky_alerts, leaky_work])
def test_a_program_that_leaks_does_not_pass(
    leak: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(monkeypatch)
    assert leaks(sent(until_s=480, every_s=60))


@pytest.mark.parametrize("table", ["sensors", "alerts", "characters", "probes"])
def test_an_id_that_players_see_may_not_hold_a_hidden_name(table: str) -> None:
    text = TEXT.replace('id = "empty"\ntitle', 'id = "x"\ntitle').replace('"empty"', '"x"')
    first = text.index(f"[[{table}]]")
    place = text.index('id = "', first) + len('id = "')
    end = text.index('"', place)
    with pytest.raises(DrillError, match="this is a hidden name"):
        read_drill("d", text[:place] + "dynamodb" + text[end:])


def test_the_play_that_is_searched_lasts() -> None:
    assert SAID[-1][0] * SECOND > 15 * MINUTE
