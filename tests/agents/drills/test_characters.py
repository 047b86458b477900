"""Laws of the people on the call: the same for a seed, human in their times, and free of ids."""

from itertools import pairwise
from pathlib import Path

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.actions import CATALOGUE
from outage_agents.drills import phrases
from outage_agents.drills.characters import Cast, Job, Utterance
from outage_agents.drills.condition import Condition
from outage_agents.drills.director import Director
from outage_agents.drills.drill import (
    COSTS_S,
    TEMPERS,
    Answer,
    Character,
    Drill,
    Guess,
    Objective,
)
from outage_agents.drills.drill_file import DrillError, read_drill
from outage_agents.drills.journal import (
    Acknowledge,
    Approve,
    Ask,
    Begin,
    Command,
    Declare,
    Note,
    Post,
    Staff,
    Task,
    Wait,
    entry_of,
    entry_text,
)
from outage_agents.drills.names import Names
from outage_agents.drills.players import StampedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.sensors import Reading
from outage_agents.drills.topics import closest, meant
from outage_agents.drills.understudies import empty_seats
from outage_engine.clock import MINUTE, SECOND

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")
DRILL = read_drill("short", TEXT)
FEW = (("dns.endpoints", "3"), ("dns.resolvers", "4"))
BRIEF = attrs.evolve(DRILL, run=attrs.evolve(DRILL.run, end="00:25", settings=FEW))
NAMES = Names((("dynamodb", "ledger"),))
KIM = Character(
    "kim",
    "Kim",
    "on call",
    "calm",
    0.9,
    answers=(
        Answer("deploy", "nothing was deployed", ("release", "rolled out")),
        Answer("dynamodb streams", "streams lag"),
    ),
    guesses=(Guess("a deploy did it", after_s=600), Guess("a cable", after_s=1800)),
)
ERRORS = Reading("errors", "Errors of ledger", "%", 35.0, 0, 130, stale=False)


def answers(cast: Cast, until_min: int = 60) -> list[str]:
    return [one.text for one in cast.due(until_min * MINUTE) if one.kind == "answer"]


def asked(about: str, person: Character = KIM, at_min: int = 0, seed: int = 1) -> str:
    cast = Cast((person,), seed, 0, NAMES)
    cast.ask(at_min * MINUTE, person.id, about, (), (ERRORS,))
    (text,) = answers(cast)
    return text


@attrs.define
class Speaker:
    """Says given things at given minutes."""

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


def played(
    *words: tuple[int, str, Command], staffed: tuple[str, ...] = ("solo",), drill: Drill = BRIEF
) -> tuple[Stage, list[str]]:
    stage, speaker = Stage.of(drill), Speaker(list(words))
    begun: list[bool] = []

    def staff(stage: Stage) -> None:
        if not begun:
            begun.append(True)
            stage.director.staff(staffed)

    trio.run(stage.play, speaker, staff)
    return stage, speaker.answers


def texts(stage: Stage, *kinds: str) -> list[str]:
    return [entry.text for entry in stage.journal if entry.kind in kinds]


@pytest.mark.parametrize(
    "question",
    [
        "deploy",
        "Deploys?",
        "was anything deployed today",
        "any releases lately?",
        "what has been rolled out",
    ],
)
def test_a_topic_is_found_in_whatever_words_it_is_asked(question: str) -> None:
    assert "nothing was deployed" in asked(question)


def test_a_topic_is_found_under_the_names_of_the_drill_and_the_closest_wins() -> None:
    assert "streams lag" in asked("how are the ledger's streams?")
    assert meant("late leases of the fleet", [("fleet",), ("late lease",)]) == 1
    assert meant("", [("a",), ("the",)]) is None
    assert closest("the last deploy", ["Roll back the last deploy", "Page another team"], 0.5) == 0


def test_asked_for_the_cause_one_says_what_one_believes_by_then() -> None:
    early = asked("what do you think is the cause?")
    assert any(early == one for one in phrases.NO_THEORY["calm"])
    assert "a deploy did it" in asked("why?", at_min=10)
    assert "a cable" in asked("your hypothesis?", at_min=40)


def test_a_panel_is_read_out_with_its_age() -> None:
    said = asked("errors of ledger")
    assert "35 %" in said
    assert "2 min" in said
    blank = attrs.evolve(ERRORS, value=None)
    cast = Cast((KIM,), 1, 0, NAMES)
    cast.ask(0, "kim", "errors of ledger", (), (blank,))
    assert "35" not in answers(cast)[0]


@given(st.sampled_from(TEMPERS), st.integers(0, 500), st.text(min_size=1, max_size=60))
def test_whatever_is_asked_gets_an_answer_in_the_time_of_the_temper(
    temper: str, seed: int, about: str
) -> None:
    person = attrs.evolve(KIM, temper=temper, guesses=())
    cast = Cast((person,), seed, 0, NAMES)
    cast.ask(0, "kim", about)
    (said,) = cast.due(10 * MINUTE)
    low, high = {"calm": (30, 90), "eager": (10, 40), "gruff": (60, 240)}[temper]
    assert low * SECOND <= said.at_ns <= high * SECOND
    assert said.text
    again = Cast((person,), seed, 0, NAMES)
    again.ask(0, "kim", about)
    assert again.due(10 * MINUTE) == [said]


def test_nobody_says_the_same_twice_in_a_row() -> None:
    cast = Cast((KIM,), 3, 0, NAMES)
    for n in range(8):
        cast.ask(5 * n * MINUTE, "kim", "the weather")
    said = answers(cast)
    assert len(said) == 8
    assert all(one != other for one, other in pairwise(said))
    assert len({*said}) >= 3


def test_every_temper_has_words_for_everything() -> None:
    lists = [
        value for name, value in vars(phrases).items() if name.isupper() and isinstance(value, dict)
    ]
    assert len(lists) >= 15
    for one in lists:
        assert tuple(one) == TEMPERS
        assert all(one[temper] for temper in TEMPERS)


def job(**changed: object) -> Job:
    return attrs.evolve(Job("dns.inspect", "Look", "kim", 0, 10 * MINUTE), **changed)  # type: ignore[arg-type]


def test_whoever_works_reports_half_way_and_not_once_it_is_done() -> None:
    cast = Cast((attrs.evolve(KIM, guesses=()),), 1, 0, NAMES)
    work = job()
    cast.takes(0, "kim", work)
    first = cast.due(4 * MINUTE)
    half = cast.due(5 * MINUTE)
    assert [len(first), len(half)] == [1, 1]
    assert half[0].text != first[0].text
    work.result = "done"
    assert cast.due(30 * MINUTE) == []


def test_who_is_asked_how_far_it_is_says_at_what() -> None:
    cast = Cast((attrs.evolve(KIM, guesses=()),), 1, 0, NAMES)
    cast.ask(3 * MINUTE, "kim", "how far are you?", (job(),))
    assert "Look" in answers(cast)[0]
    assert "3 min" in asked_progress(job())
    assert "Look" not in asked_progress(job(result="done"))


def asked_progress(work: Job) -> str:
    cast = Cast((attrs.evolve(KIM, guesses=()),), 1, 0, NAMES)
    cast.ask(3 * MINUTE, "kim", "status?", (work,))
    return answers(cast)[0]


def test_the_able_doubt_an_order_that_lacks_one_before_it_and_obey_the_second_time() -> None:
    cast = Cast((KIM, attrs.evolve(KIM, id="lee", skill=0.2)), 1, 0, NAMES)
    restore = "dns.restore_from_rollback"
    assert "Stop the three DNS Enactors" in cast.doubts(0, "kim", restore, ())
    assert not cast.doubts(0, "kim", restore, ())
    assert not cast.doubts(0, "lee", restore, ())
    stopped = job(id="dns.stop_automation", result="done")
    fresh = Cast((KIM,), 1, 0, NAMES)
    assert not fresh.doubts(0, "kim", restore, (stopped,))
    assert fresh.doubts(0, "kim", "dns.inspect", (job(),))


def test_a_long_shift_makes_slow_and_ends_with_somebody_elses_name() -> None:
    person = attrs.evolve(KIM, shift_s=3600, relief="Ravi", guesses=())
    cast = Cast((person,), 1, 0, NAMES)
    usual = cast.duration_s(0, "kim", 600)
    assert cast.duration_s(50 * MINUTE, "kim", 600) > usual
    assert cast.duration_s(61 * MINUTE, "kim", 600) == usual
    assert [cast.name("kim", at * MINUTE) for at in (0, 59, 60)] == ["Kim", "Kim", "Ravi"]
    said = [one.text for one in cast.due(2 * 60 * MINUTE)]
    assert len(said) == 2
    assert "Kim" in said[1]


def test_the_seats_that_nobody_took_are_played() -> None:
    assert empty_seats(("solo",)) == ("communications", "scribe")
    assert empty_seats(("commander", "scribe")) == ("operations", "communications")
    assert empty_seats(("commander", "operations", "communications", "scribe")) == ()


def test_without_a_word_about_who_plays_nobody_takes_a_seat() -> None:
    stage, speaker = Stage.of(BRIEF), Speaker([(1, "solo", Declare())])
    trio.run(stage.play, speaker)
    assert not [entry for entry in stage.journal if entry.played]
    assert [person.id for person in stage.director.view_of("solo").roster] == ["kim"]


def test_communications_post_what_they_are_given_and_hold_the_line_when_overdue() -> None:
    stage, answered = played(
        (1, "solo", Declare()),
        (2, "solo", Task("communications", "we know and look into it")),
        drill=attrs.evolve(BRIEF, run=attrs.evolve(BRIEF.run, end="00:50")),
    )
    assert answered[1] == "given"
    posts = stage.director.view_of("solo").posts
    assert posts[0].claims == ("we know and look into it",)
    assert 60 <= (posts[0].t_ns - stage.begin_ns) // SECOND - 120 <= 250
    assert len(posts) >= 2
    assert posts[1].claims[0] in phrases.HOLDING
    assert stage.score().conduct.posts == len(posts)
    assert any(entry.played and isinstance(entry.command, Post) for entry in stage.journal)


@pytest.mark.parametrize(
    "task",
    [
        "tell customers that we know and look into it",
        "Please inform our customers: we know and look into it",
        "post: we know and look into it",
        "we know and look into it",
    ],
)
def test_communications_do_not_read_the_task_out_to_customers(task: str) -> None:
    stage, _ = played((1, "solo", Declare()), (2, "solo", Task("communications", task)))
    assert stage.director.view_of("solo").posts[0].claims == ("we know and look into it",)


def test_only_how_a_task_begins_is_left_out_of_what_customers_read() -> None:
    task = "we see errors and will post: more at noon"
    stage, _ = played((1, "solo", Declare()), (2, "solo", Task("communications", task)))
    assert stage.director.view_of("solo").posts[0].claims == (task,)


def test_what_a_script_notes_down_is_not_the_teams_note() -> None:
    noted = Objective(
        "noted", "A note says when", panel="conduct", met=Condition.parse("said:note")
    )
    drill = attrs.evolve(BRIEF, objectives=(noted,))
    stage, _ = played((3, "solo", Begin("zone.look")), drill=drill)
    assert stage.director.view_of("solo").notes
    assert not stage.score().objectives[0].met
    stage, _ = played((3, "solo", Begin("zone.look")), (4, "solo", Note("at 03:00")), drill=drill)
    assert stage.score().objectives[0].met


def test_a_scribe_writes_down_what_happened() -> None:
    stage, _ = played((3, "solo", Begin("zone.look")))
    notes = stage.director.view_of("solo").notes
    assert any("Ask for the regional name" in note.text for note in notes)
    assert all(note.seat == "scribe" for note in notes)


def test_empty_operations_carry_out_what_the_commander_gives_them() -> None:
    stage, answered = played(
        (1, "commander", Declare()),
        (1, "commander", Acknowledge("empty")),
        (2, "commander", Task("operations", action="dns.stop_automation", args={"force": "yes"})),
        (3, "commander", Ask("operations", "how far are you?")),
        staffed=("commander",),
    )
    assert answered[2].startswith("begun") or "asks back" in answered[2]
    assert "operations" in [person.id for person in stage.director.view_of("commander").roster]
    if answered[2].startswith("begun"):
        assert texts(stage, "progress")
    begun = [entry for entry in stage.journal if entry.kind == "began"]
    assert all("operations" not in entry.text for entry in begun)


def test_an_empty_commander_declares_approves_and_asks() -> None:
    stage, answered = played(
        (12, "operations", Begin("dns.restore_from_rollback", {"force": "yes"})),
        staffed=("operations",),
    )
    assert answered == ["waits for approval 1"]
    kinds = [entry.kind for entry in stage.journal if entry.played and entry.seat == "commander"]
    assert {"declare", "approve", "task"} <= {*kinds}
    assert stage.director.view_of("operations").commander == "commander"
    assert any(entry.kind == "began" for entry in stage.journal)


def test_a_seat_that_is_taken_later_is_its_own_from_then_on() -> None:
    stage, _ = played(
        (1, "commander", Declare()),
        (2, "facilitator", Staff(["commander", "communications"])),
        staffed=("commander",),
    )
    assert not stage.director.view_of("commander").posts
    people = [person.id for person in stage.director.view_of("commander").roster]
    assert "communications" not in people
    assert "scribe" in people


words = st.tuples(
    st.integers(1, 20),
    st.sampled_from(["commander", "operations"]),
    st.sampled_from(
        [
            Declare(),
            Ask("kim", "deploys"),
            Ask("operations", "status"),
            Task("operations", action="zone.look"),
            Task("operations", action="dns.restore_from_rollback"),
            Task("communications", "we know"),
            Task("kim", "look at the cables"),
            Begin("zone.look"),
            Approve(1, "ROLLBACK"),
        ]
    ),
)


@settings(max_examples=4, deadline=None)
@given(
    st.lists(words, max_size=8),
    st.sampled_from([("commander",), ("operations",), ("communications", "scribe"), ()]),
)
def test_whoever_plays_beside_characters_can_be_played_again(
    said: list[tuple[int, str, Command]], staffed: tuple[str, ...]
) -> None:
    brief = attrs.evolve(BRIEF, run=attrs.evolve(BRIEF.run, end="00:08"))
    said.sort(key=lambda word: word[0])
    stage, _ = played(*said, staffed=staffed, drill=brief)
    entries = tuple(entry_of(entry_text(entry)) for entry in stage.journal)
    again = Stage.of(brief)
    trio.run(again.play, StampedPlayer(entries))
    assert again.journal == stage.journal
    assert again.simulation.world.digest == stage.simulation.world.digest
    ids = [action.id for action in CATALOGUE]
    spoken = texts(stage, "answer", "guess", "nag", "progress", "doubt", "result", "began", "note")
    for text in spoken:
        assert "{" not in text
        assert not [one for one in ids if one in text], text


def test_costs_are_those_of_the_file_or_assumed() -> None:
    told = '\n[costs]\npost = "5m"\nask = "0s"\n'
    drill = read_drill("d", TEXT + told)
    assert drill.cost_s(Post()) == 300
    assert drill.cost_s(Ask("kim", "x")) == 0
    assert drill.cost_s(Declare()) == COSTS_S["declare"] > 0
    assert drill.cost_s(Wait(5)) == 0


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('pots = "5m"', "did you mean post"),
        ('post = "5"', "no length of time"),
        ("post = 5", "text"),
    ],
)
def test_a_cost_that_is_wrong_is_told(line: str, why: str) -> None:
    with pytest.raises(DrillError, match=why):
        read_drill("d", f"{TEXT}\n[costs]\n{line}\n")


def test_an_utterance_says_who_when_and_what() -> None:
    cast = Cast((), 1, 0, NAMES)
    cast.say_later(Utterance(MINUTE, "nobody", "answer", "x"))
    assert cast.due(0) == []
    assert [one.text for one in cast.due(MINUTE)] == ["x"]
