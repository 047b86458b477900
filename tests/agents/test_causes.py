"""Why? Chains of causes: backwards only, each link a message that arrived or the teller's own
state, and at the start something that sets things off."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from importlib.resources import files
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.actions import CATALOGUE
from outage_agents.causes import (
    MECHANISMS,
    MILESTONE_CAUSES,
    chain,
    latest_about,
    mechanism,
    milestone_cause,
    occasion,
)
from outage_agents.service import LATE_EVENTS
from outage_agents.timeline import reference_milestones
from outage_agents.views import NarrationView
from outage_engine.actor import DELIVER, REPLY
from outage_engine.recording.playback import NarrationLine, Playback, RecordedMilestone
from outage_engine.recording.reader import Recording
from tests.sharing import Nights

MINUTE = 60_000_000_000


@attrs.define
class Post:
    """Every message that arrived: when, by receiver, sender and type."""

    arrived: dict[tuple[str, str, str], list[int]] = attrs.field(factory=dict)

    def take(self, events: list[tuple[Any, ...]]) -> None:
        for event in events:
            if event[1] in (DELIVER, REPLY):
                key = (event[2], event[3].partition("/")[0], event[4])
                self.arrived.setdefault(key, []).append(event[0])

    def between(self, to: str, sender: str, kind: str, first_ns: int, last_ns: int) -> bool:
        times = self.arrived.get((to, sender, kind), [])
        return any(first_ns <= at <= last_ns for at in times)


@attrs.frozen
class Night:
    """What was told in a run, and what its actors received."""

    lines: Mapping[int, NarrationLine]
    post: Post
    milestones: Sequence[RecordedMilestone]

    def about(self, topic: str, nth: int = 0) -> NarrationLine:
        return [line for line in self.lines.values() if fnmatchcase(line.about, topic)][nth]

    def why(self, topic: str, nth: int = 0) -> list[str]:
        """Topics of the chain of a line, from the effect to what set it off."""
        return [step.line.about for step in chain(self.lines, self.about(topic, nth).n)]


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    post = Post()
    with Recording(nights.of(1)) as recording:
        for chunk in recording.chunks():
            post.take(recording.events(chunk))
        playback = Playback(recording)
        lines = {line.n: line for line in playback.narration()}
        return Night(lines, post, playback.milestones())


# -- laws of all chains


def test_every_topic_that_is_told_is_in_the_table(night: Night) -> None:
    for line in night.lines.values():
        assert line.about, line
        assert mechanism(line.about) is not None, line.about


def test_every_line_follows_from_something_or_sets_things_off(night: Night) -> None:
    for line in night.lines.values():
        known = mechanism(line.about)
        assert known is not None
        assert line.because or known.sets_off, line


def test_every_chain_goes_back_in_time_and_ends_where_something_was_set_off(night: Night) -> None:
    for n in night.lines:
        steps = chain(night.lines, n)
        numbers = [step.line.n for step in steps]
        assert numbers == sorted(set(numbers), reverse=True)
        assert all(a.line.t_ns >= b.line.t_ns for a, b in pairwise(steps))
        first = mechanism(steps[-1].line.about)
        assert first is not None
        assert first.sets_off, steps[-1].line


def test_what_brought_a_cause_is_a_message_that_arrived_in_between(night: Night) -> None:
    links = 0
    for line in night.lines.values():
        for n, via in zip(line.because, line.via, strict=True):
            if not via or line.about.startswith("action."):
                continue
            kind, _, sender = via.partition(" from ")
            cause = night.lines[n]
            # That errors are over is told five minutes later than dependents notice it.
            since_ns = cause.t_ns - (6 * MINUTE if cause.about.endswith(".ok") else 0)
            assert night.post.between(line.component, sender, kind, since_ns, line.t_ns), (
                line,
                cause,
            )
            links += 1
    assert links > 200


def test_a_cause_without_a_message_is_the_tellers_own(night: Night) -> None:
    for line in night.lines.values():
        for n, via in zip(line.because, line.via, strict=True):
            if not via and not line.about.startswith("law."):
                assert night.lines[n].component == line.component, line


def test_operators_act_because_of_what_was_told_before(night: Night) -> None:
    acts = [line for line in night.lines.values() if line.about.startswith("action.")]
    ids = {action.id for action in CATALOGUE}
    begun = [line for line in acts if line.about.removeprefix("action.") in ids]
    assert len(begun) == 14
    for line in begun:
        assert line.because, line.text
        assert set(line.via) == {"what operators saw"}, line.via


def test_an_action_against_what_never_showed_has_no_occasion() -> None:
    assert occasion("triage.packet_loss") == ()
    assert next(cause.topic for cause in occasion("dns.restart_enactors")) == "dns.empty"
    topics = [cause.topic for known in CATALOGUE for cause in occasion(known.id)]
    assert all(mechanism(topic) for topic in topics)


# -- the main chain of the night


RACE = [
    "dns.empty",
    "dns.plan_deleted",
    "dns.stale_overwrite",
    "dns.enactor-1.plan-38.late",
    "dns.enactor-1.released",
    "dns.enactor-1.held",
]


def test_the_empty_answer_goes_back_to_the_slow_enactor(night: Night) -> None:
    assert night.why("dns.empty") == RACE


def test_services_that_fail_go_back_to_the_empty_answer(night: Night) -> None:
    assert night.why("service.support.down") == [
        "service.support.down",
        "resolver.customers.empty",
        *RACE,
    ]
    assert night.why("service.organizations.down")[:3] == [
        "service.organizations.down",
        "service.iam.down",
        "resolver.internal.empty",
    ]


def test_launches_without_capacity_go_back_to_lost_leases(night: Night) -> None:
    told = night.why("launches.no_capacity")
    kinds = [topic.partition(".")[0] + "." + topic.rpartition(".")[2] for topic in told[:4]]
    assert kinds == [
        "launches.no_capacity",
        "dwfm.leases_lost",
        "dwfm.checks_fail",
        "resolver.empty",
    ]
    assert told[4:] == RACE


def test_the_collapse_goes_back_to_all_leases_at_once_when_dynamodb_came_back(night: Night) -> None:
    told = night.why("dwfm.az1-1.collapse")
    assert told == [
        "dwfm.az1-1.collapse",
        "dwfm.az1-1.answers",
        "resolver.ec2.answers",
        "dns.restored",
        "action.dns.restore_from_rollback",
        *RACE,
    ]
    collapse = chain(night.lines, night.about("dwfm.az1-1.collapse").n)[0]
    assert [line.about for line, _ in collapse.besides] == ["dwfm.az1-1.leases_lost"]


def test_a_zone_out_of_dns_goes_back_to_late_network_state_and_resumed_launches(
    night: Night,
) -> None:
    told = night.why("nlb.*.out")
    assert [topic.rpartition(".")[2] for topic in told[:5]] == [
        "out",
        "checks_late",
        "late",
        "backlog",
        "resumed",
    ]
    assert told[2:5] == ["nm.late", "nm.backlog", "launches.resumed"]


def test_launches_resume_when_the_last_shard_reports_its_leases(night: Night) -> None:
    told = night.why("launches.resumed")
    assert told[1].endswith(".leased")
    assert told[2].endswith(".restarted")
    assert told[3] == "action.dwfm.restart_hosts"


def test_the_second_wave_goes_through_the_zones_that_are_out(night: Night) -> None:
    second = [line for line in night.lines.values() if line.about == "service.connect.down"][1]
    assert {night.lines[n].about for n in second.because} >= {"nlb.az1.out", "nlb.az2.out"}


def test_recoveries_go_back_to_what_operators_did(night: Night) -> None:
    assert night.why("service.sts.ok") == [
        "service.sts.ok",
        "resolver.internal.forced",
        "action.dns.rpz_override",
        *RACE,
    ]
    assert "action.ec2.relax_throttle" in night.why("launches.normal")
    assert "action.nlb.disable_failover" in night.why("nlb.az2.in")


def test_the_last_recovery_of_the_night_goes_back_to_the_slow_enactor(night: Night) -> None:
    told = night.why("service.lambda.ok")
    assert told[-len(RACE) :] == RACE
    assert {"action.lambda.relax_async", "action.nm.reduce_load", "launches.resumed"} <= set(told)


# -- the table


OWN_TOPIC = {"dwfm.py": "dwfm.x", "nlb.py": "nlb.x", "resolvers.py": "resolver.x"}
"""What `self._topic` stands for, by module; elsewhere such a name is that of a shard."""


def topics_told() -> Iterator[tuple[str, str]]:
    """Module and topic, names filled in by `x`, of every `about=` that the actors write."""
    for entry in files("outage_agents").iterdir():
        if not entry.name.endswith(".py"):
            continue
        for call in ast.walk(ast.parse(entry.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                for keyword in call.keywords:
                    if keyword.arg == "about":
                        yield from topics_of(entry.name, keyword.value)


def topics_of(module: str, topic: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(topic, ast.Constant) and isinstance(topic.value, str):
        yield module, topic.value
    elif isinstance(topic, ast.Name):
        yield module, LATE_EVENTS
    elif isinstance(topic, ast.JoinedStr):
        pieces = [filled_in(module, piece) for piece in topic.values]
        states = ["in", "out", "fail_open"] if pieces[-1] == "STATE" else [pieces[-1]]
        for state in states:
            yield module, "".join([*pieces[:-1], state])


def filled_in(module: str, piece: ast.expr) -> str:
    if isinstance(piece, ast.Constant):
        return str(piece.value)
    assert isinstance(piece, ast.FormattedValue)
    name = ast.unparse(piece.value)
    if name.startswith("_TOPICS"):
        return "STATE"
    own = OWN_TOPIC.get(module, "dwfm.x")
    return own if "_topic" in name or name == "topic" or "shard" in name else "x"


def test_every_topic_that_the_program_can_tell_of_is_in_the_table_and_none_besides() -> None:
    told = {topic for _, topic in topics_told()}
    assert len(told) > 60
    unknown = {topic for topic in told if mechanism(topic) is None}
    assert not unknown
    used = {known.topic for topic in told if (known := mechanism(topic)) is not None}
    assert {known.topic for known in MECHANISMS} - used == {"law.*"}


def test_no_entry_is_hidden_by_one_before_it() -> None:
    for place, known in enumerate(MECHANISMS):
        example = known.topic.replace("*", "x")
        assert mechanism(example) == known, (place, known.topic)


def test_every_entry_names_its_source_or_says_assumed() -> None:
    documents = ("post-event summary", "re:Invent", "Pragmatic Engineer", "RFC", "documentation")
    for known in MECHANISMS:
        ours = known.topic in ("law.*", "action.*.result")
        named = any(name in known.source for name in documents)
        assert ours or named or "assumed" in known.source, known
        assert known.text.endswith(".")


# -- milestones


def test_every_milestone_that_is_no_action_has_its_condition() -> None:
    emergent = {
        event.id
        for event in reference_milestones()
        if event.kind != "action" and event.id not in ("dns_identified", "nlb_fault_detected")
    }
    assert {one.milestone for one in MILESTONE_CAUSES} == emergent
    for one in MILESTONE_CAUSES:
        assert all(mechanism(topic.replace("*", "x")) for topic in one.topics)


def test_every_milestone_that_happened_has_a_line_within_minutes(night: Night) -> None:
    assert {record.id for record in night.milestones} >= {one.milestone for one in MILESTONE_CAUSES}
    for record in night.milestones:
        cause = milestone_cause(record.id)
        if cause is None:
            continue
        told = latest_about(list(night.lines.values()), cause.topics, record.t_ns + 7 * MINUTE)
        assert told is not None, record.id
        assert told.t_ns >= record.t_ns - 7 * MINUTE, (record.id, told)


# -- chains of anything


def a_line(n: int, because: tuple[int, ...]) -> NarrationView:
    via = ("",) * len(because)
    return NarrationView(n, n, "someone", "info", "something", "topic", because, via)


STORIES = st.lists(st.lists(st.integers(-2, 40), max_size=4), min_size=1, max_size=30)


@given(STORIES)
def test_a_chain_ends_whatever_a_recording_says(story: list[list[int]]) -> None:
    lines = {n: a_line(n, tuple(because)) for n, because in enumerate(story, start=1)}
    for n in lines:
        numbers = [step.line.n for step in chain(lines, n)]
        assert numbers[0] == n
        assert numbers == sorted(set(numbers), reverse=True)


def test_a_line_of_an_old_recording_is_a_chain_of_one() -> None:
    line = NarrationView(1, 0, "route53", "error", "empty")
    assert [step.line for step in chain({1: line}, 1)] == [line]
    with pytest.raises(KeyError):
        chain({1: line}, 2)
