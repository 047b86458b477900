"""Laws of a drill that people play: what they said and when is all that is left of how they did it.

Most run in this process on a clock that jumps (drill_table); what concerns processes, signals and
pipes runs the real one.
"""

import functools
from pathlib import Path

import msgspec
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage_agents.drills.drill_file import read_drill
from outage_agents.drills.ghosts import ghosts_of
from outage_agents.drills.journal import (
    Acknowledge,
    Approve,
    Ask,
    Begin,
    Break,
    Command,
    Decide,
    Declare,
    Entry,
    FireInject,
    Hypothesis,
    Note,
    Post,
    Stop,
    Wait,
    commands_of,
    entry_text,
)
from outage_agents.drills.players import StampedPlayer
from outage_agents.drills.recorded_play import RecordedPlay, recorded_play
from outage_agents.drills.rehearsal import Stage
from outage_engine.clock import MINUTE, SECOND
from outage_engine.recording.reader import Recording
from outage_tui.drill import score_lines
from outage_tui.drill_link import (
    Ended,
    FacilitatorState,
    Freeze,
    GoBack,
    Leave,
    Progress,
    Returned,
    Say,
    SetPace,
    Thaw,
    Welcome,
    facilitator_view_of,
)

from .drill_table import SHORT, Client, at_once, laid, view_of

DRILL = read_drill("short", SHORT)
BEGIN_NS, END_NS = 45 * MINUTE, 80 * MINUTE
COMMANDS: tuple[Command, ...] = (
    Declare(),
    Begin("zone.look"),
    Begin("dns.stop_automation", {"force": "yes"}),
    Begin("dns.restore_from_rollback"),
    Approve(1, "ROLLBACK"),
    Acknowledge("empty"),
    Ask("kim", "deploy"),
    Post("status", ["we know"], 30),
    Decide("look", confidence=0.7),
    Hypothesis("the record is empty"),
    Note("so it is"),
)


def played_again(entries: tuple[Entry, ...]) -> Stage:
    stage = Stage.of(DRILL)
    trio.run(stage.play, StampedPlayer(entries))
    return stage


def kept(path: Path) -> tuple[RecordedPlay, str]:
    """The play in a recording, and the run's digest."""
    with Recording(path) as recording:
        assert recording.meta.finished
        return recorded_play(recording), recording.meta.digest


def texts(entries: tuple[Entry, ...]) -> list[str]:
    return [entry_text(entry) for entry in entries]


def is_what_was_said(path: Path) -> RecordedPlay:
    """The law: a play is its commands and their moments, and nothing else."""
    play, digest = kept(path)
    again = played_again(play.journal)
    assert texts(again.journal) == texts(play.journal)
    assert again.simulation.world.digest == digest
    assert again.score(ghosts_of("short")) == play.score()
    return play


# -- freezes, paces and waits ---------------------------------------------------------------------

Step = tuple[str, float]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, len(COMMANDS) - 1)),
        st.tuples(st.just("pace"), st.sampled_from([0.5, 4.0, 60.0, 900.0])),
        st.tuples(st.just("auto"), st.just(0)),
        st.tuples(st.just("freeze"), st.sampled_from([0.0, 0.3, 300.0])),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 3.0, 12.0])),
        st.tuples(st.just("look"), st.sampled_from([0.01, 1.0, 20.0])),
    ),
    min_size=3,
    max_size=12,
)


async def carried_out(client: Client, steps: list[Step]) -> None:
    for what, how in steps:
        match what:
            case "say":
                await client.say(COMMANDS[int(how)])
            case "pace":
                await client.send(SetPace(how, auto=False))
            case "auto":
                await client.send(SetPace(auto=True))
            case "freeze":
                await client.send(Freeze())
                await client.say(Note("while nothing moves"))
                await trio.sleep(how)
                await client.send(Thaw())
            case "wait":
                await client.say(Wait(minutes=how))
            case _:
                await trio.sleep(how)


@given(steps=STEPS)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_freezes_and_paces_leave_no_trace(
    steps: list[Step], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("play") / "play.otrec"

    async def play() -> None:
        async with laid(record=str(path)) as table:
            await table.starter.state()
            await carried_out(table.starter, steps)
            await table.end()

    at_once(play)
    is_what_was_said(path)


def test_a_play_without_a_word_is_the_play_without_anybody(tmp_path: Path) -> None:
    async def play() -> None:
        async with laid(record=str(tmp_path / "play.otrec")) as table:
            await table.starter.state()
            await table.starter.send(SetPace(3600, auto=False))
            ended = await table.starter.wait_for(Ended)
            assert (ended.subject, ended.t_ns) == ("time", END_NS)

    at_once(play)
    assert not commands_of(is_what_was_said(tmp_path / "play.otrec").journal)


def test_what_is_said_while_frozen_is_said_at_that_moment_and_nothing_falls_due() -> None:
    async def play() -> None:
        async with laid() as table:
            state = await table.starter.state()
            await table.starter.ask(Freeze)
            before = await table.starter.state(lambda state: state.tempo.frozen)
            await trio.sleep(900)
            await table.starter.say(Note("a while later"))
            await table.starter.say(Begin("zone.look"))
            after = await table.starter.state(lambda state: bool(view_of(state).work))
            assert before.t_ns == after.t_ns
            assert view_of(after).work[0].begun_ns == after.t_ns
            assert after.tempo.wall_s == before.tempo.wall_s
            assert state.t_ns == BEGIN_NS
            await table.starter.ask(Thaw)
            await table.starter.state(lambda state: state.t_ns > after.t_ns)

    at_once(play)


def test_a_wait_hurries_until_a_page_comes_and_says_so() -> None:
    async def play() -> None:
        async with laid() as table:
            await table.starter.state()
            await table.starter.say(Wait(minutes=30))
            state = await table.starter.state(lambda state: state.tempo.pace > 50)
            assert state.tempo.why == "waiting until 00:15"
            paged = await table.starter.state(lambda state: bool(view_of(state).alerts))
            assert paged.t_ns == 50 * MINUTE + 30 * SECOND
            slow = await table.starter.state(lambda state: bool(state.tempo.why))
            assert (slow.tempo.why, slow.tempo.pace < 3.5) == ("a page is open", True)

    at_once(play)


def test_a_wait_for_what_nobody_can_see_is_noted_and_hurries_nothing() -> None:
    async def play() -> None:
        async with laid() as table:
            await table.starter.state()
            answer = await table.starter.say(Wait(until="dns.customers_empty_share < 1"))
            assert "time does not hurry" in answer.text
            answer = await table.starter.say(Wait(until="empty > 5"))
            assert answer.text == "noted"
            await table.starter.state(lambda state: state.tempo.why == "waiting until empty > 5")

    at_once(play)


# -- verb costs, and going back -------------------------------------------------------------------


def test_with_verb_costs_time_stands_until_a_command_and_a_wait_ends_with_its_time() -> None:
    async def play() -> None:
        async with laid(verb_cost=True) as table:
            assert (await table.starter.wait_for(Welcome)).verb_cost
            first = await table.starter.state()
            await trio.sleep(100)
            await table.starter.say(Hypothesis("a deploy did it"))
            stands = await table.starter.state(lambda state: state.t_ns > first.t_ns + 50 * SECOND)
            assert (first.t_ns, stands.t_ns) == (BEGIN_NS, BEGIN_NS + MINUTE)
            await table.starter.say(Wait(minutes=3))
            later = await table.starter.state(lambda state: state.t_ns >= BEGIN_NS + 4 * MINUTE)
            assert later.t_ns == BEGIN_NS + 4 * MINUTE
            assert "time stands" in later.tempo.why or "waiting" in later.tempo.why
            await trio.sleep(100)
            await table.starter.say(Note("free"))
            assert (await table.starter.state()).t_ns == later.t_ns

    at_once(play)


LATER = (Begin("zone.look"), Wait(minutes=20), Begin("dns.stop_automation", {"force": "yes"}))


async def to_the_end(client: Client) -> Ended:
    """Wait as often as it takes."""
    client.ended = None
    while client.ended is None:
        await client.say(Wait(minutes=60))
        await trio.sleep(5)
    return client.ended


def test_going_back_and_saying_the_same_is_the_same_play(tmp_path: Path) -> None:
    """With verb costs a script's moments are its own, so two plays can be held side by side."""

    async def straight() -> None:
        async with laid(verb_cost=True, record=str(tmp_path / "straight.otrec")) as table:
            await table.starter.state()
            for command in (Declare(), *LATER):
                await table.starter.say(command)
                await trio.sleep(5)
            await to_the_end(table.starter)

    async def with_a_detour() -> None:
        async with laid(verb_cost=True, record=str(tmp_path / "detour.otrec")) as table:
            await table.starter.state()
            await table.starter.say(Declare())
            await trio.sleep(5)
            await table.starter.say(Begin("app.rollback_deploy"))
            await table.starter.say(Wait(minutes=10))
            await trio.sleep(5)
            answer = await table.starter.ask(lambda n: GoBack(BEGIN_NS + MINUTE, n))
            assert not answer.refused
            assert (await table.starter.wait_for(Returned)).t_ns == BEGIN_NS + MINUTE
            state = await table.starter.state()
            assert state.t_ns == BEGIN_NS + MINUTE
            assert view_of(state).declared
            assert not view_of(state).work
            for command in LATER:
                await table.starter.say(command)
                await trio.sleep(5)
            ended = await to_the_end(table.starter)
            assert ended.recording == str(tmp_path / "detour-branch-1.otrec")

    at_once(straight)
    at_once(with_a_detour)
    one, digest = kept(tmp_path / "straight.otrec")
    other, same = kept(tmp_path / "detour-branch-1.otrec")
    assert texts(one.journal) == texts(other.journal)
    assert (digest, one.score()) == (same, other.score())
    is_what_was_said(tmp_path / "detour-branch-1.otrec")
    with Recording(tmp_path / "detour.otrec") as left:
        assert left.meta.finished
        parent_digest = left.meta.digest
    with Recording(tmp_path / "detour-branch-1.otrec") as branch:
        parent = dict(branch.rows("SELECT key, value FROM meta"))
        assert parent["parent"] == "detour.otrec"
        assert parent["parent_at_ns"] == str(BEGIN_NS + MINUTE)
        assert parent["parent_digest"] == parent_digest


def test_one_can_go_back_from_the_end_and_not_beyond_either_end(tmp_path: Path) -> None:
    async def play() -> None:
        async with laid(record=str(tmp_path / "play.otrec")) as table:
            await table.starter.state()
            for t_ns in (BEGIN_NS - SECOND, END_NS, 10**15, -1):
                assert (await table.starter.ask(functools.partial(GoBack, t_ns))).refused
            await table.starter.send(SetPace(3600, auto=False))
            await table.starter.wait_for(Ended)
            assert (await table.starter.ask(lambda n: GoBack(END_NS, n))).refused
            assert not (await table.starter.ask(lambda n: GoBack(END_NS - MINUTE, n))).refused
            state = await table.starter.state(lambda state: state.t_ns == END_NS - MINUTE)
            assert state.tempo.frozen
            await table.starter.ask(Thaw)
            ended = await table.starter.wait_for(Ended)
            assert ended.recording is not None
            assert Path(ended.recording) == tmp_path / "play-branch-1.otrec"

    at_once(play)
    is_what_was_said(tmp_path / "play-branch-1.otrec")
    kept(tmp_path / "play.otrec")


def test_while_the_run_is_brought_somewhere_nothing_is_said() -> None:
    async def play() -> None:
        async with laid() as table:
            progress = await table.starter.wait_for(Progress)
            assert progress.share < 1
            answer = await table.starter.say(Declare())
            assert answer.refused
            assert "beginning" in answer.text

    at_once(play)


# -- several people -------------------------------------------------------------------------------

PLANTED = "zebra-7741"
TOLD = SHORT.replace(
    "[[objectives]]",
    f'''[[injects]]
n = 9
at = "10h"
from = "nobody"
method = "call"
text = "{PLANTED} ahead"
expected = "{PLANTED} expected"

[[objectives]]''',
    1,
).replace("A drill that plays", f"{PLANTED} debrief", 1)
TOLD += """
[[sensors]]
id = "lag"
title = "How far behind the copies are"
metric = "dns.replication_lag_s"
step = 500.0
every = "1m"
"""
TOLD += f'\n[[objectives]]\nid = "x"\ntitle = "{PLANTED} objective"\npanel = "outcome"\n'
TOLD += 'met = "dns.answers > 0"\n'
PLAYERS = ("commander", "operations", "communications", "scribe", "observer", "evaluator")


def truth_of(path: Path) -> set[bytes]:
    """Numbers of the run as they would stand in a frame, those that nothing else could be."""
    with Recording(path) as recording:
        rows = [row[0] for row in recording.rows("SELECT numbers FROM metric_samples")]
    numbers = {number for row in rows for number in msgspec.json.decode(str(row))}
    texts = {msgspec.json.encode(number) for number in numbers}
    return {text for text in texts if len(text) >= 7}


def test_no_frame_of_any_players_seat_carries_truth_or_score(tmp_path: Path) -> None:
    path = tmp_path / "play.otrec"
    raw: dict[str, bytes] = {}

    async def play() -> None:
        async with laid(TOLD, seat="facilitator", record=str(path)) as table:
            players = {seat: await table.join(seat, is_local=True) for seat in PLAYERS}
            await table.starter.wait_for(FacilitatorState)
            async with trio.open_nursery() as nursery:
                for client in players.values():
                    nursery.start_soon(client.drain)
                await players["operations"].send(Say(1, Begin("zone.look")))
                await players["commander"].send(Say(1, Declare()), Say(2, Ask("kim", "deploy")))
                await players["scribe"].send(Say(1, Hypothesis("x")))
                await table.starter.send(Thaw(), SetPace(600, auto=False))
                await table.starter.wait_for(Ended)
                await table.starter.send(Leave())
                await table.starter.drain()
            raw.update({seat: bytes(client.raw) for seat, client in players.items()})
            raw["facilitator"] = bytes(table.starter.raw)

    at_once(play)
    numbers = truth_of(path)
    seen = [number for number in numbers if number in raw["facilitator"]]
    assert len(seen) > 5  # so it would be noticed
    assert PLANTED.encode() in raw["facilitator"]
    for seat in PLAYERS:
        assert raw[seat].count(b'"type":"seat"') > 10, seat
        assert b'"type":"ended"' in raw[seat]
        assert str(path).encode() not in raw[seat]
        assert b"customer-minutes" not in raw[seat]
        assert b'"type":"facilitator"' not in raw[seat]
        told = [number for number in numbers if number in raw[seat]]
        assert not told, f"{seat} is told {told[:3]}"
        if seat != "evaluator":  # who is told the objectives, to mark them
            assert PLANTED.encode() not in raw[seat], seat


def test_a_player_who_leaves_ends_nothing_and_finds_everything_again() -> None:
    async def play() -> None:
        async with laid(seat="facilitator") as table:
            await table.starter.wait_for(FacilitatorState)
            ada = await table.join("commander", "Ada")
            await ada.state()
            await ada.say(Declare())
            await ada.send(Leave())
            await ada.drain()
            kim = await table.join("commander", "Kim")
            assert (await kim.wait_for(Welcome)).seat == "commander"
            state = await kim.state()
            assert view_of(state).declared
            assert [one.name for one in state.present if one.here][:1] == ["Kim"]
            assert not (await kim.say(Note("here"))).refused

    at_once(play)


def test_who_may_not_steer_does_not() -> None:
    async def play() -> None:
        async with laid(seat="facilitator") as table:
            await table.starter.wait_for(FacilitatorState)
            ada = await table.join("commander")
            assert (await ada.state()).tempo.frozen
            for request in (Freeze, Thaw, functools.partial(GoBack, BEGIN_NS)):
                assert (await ada.ask(request)).refused
            assert (await ada.ask(lambda n: SetPace(4, False, n))).refused
            ada.frames.clear()
            await ada.say(Note("x"))
            assert (await ada.state()).tempo.frozen

    at_once(play)


def test_when_the_facilitator_goes_without_a_word_it_is_over_for_everybody(tmp_path: Path) -> None:
    path = tmp_path / "play.otrec"

    async def play() -> None:
        async with laid(seat="facilitator", record=str(path)) as table:
            await table.starter.wait_for(FacilitatorState)
            ada = await table.join("commander")
            await ada.state()
            await table.starter.stream.aclose()
            ended = await ada.wait_for(Ended)
            assert (ended.subject, ended.recording) == ("facilitator", None)
            await ada.drain()

    at_once(play)
    kept(path)


def test_a_facilitators_journal_plays_again_too(tmp_path: Path) -> None:
    path = tmp_path / "play.otrec"

    async def play() -> None:
        async with laid(seat="facilitator", record=str(path)) as table:
            await table.starter.wait_for(FacilitatorState)
            kim = await table.join("operations", "Kim")
            await kim.state()
            await table.starter.ask(Thaw)
            await table.starter.say(FireInject(2))
            await trio.sleep(5)
            await kim.say(Begin("zone.look"))
            await table.starter.say(Break("partition:dynamodb*"))
            await kim.send(Leave())
            await trio.sleep(60)
            await table.starter.say(Stop("enough"))
            await table.starter.wait_for(Ended)
            assert (await table.starter.ask(Freeze)).refused
            last = table.starter.last[FacilitatorState]
            assert isinstance(last, FacilitatorState)
            shown.extend(facilitator_view_of(last).score)
            late = await table.join("scribe")
            assert (await late.wait_for(Ended)).why == "enough"
            assert view_of(await late.state()).over == "enough"

    shown: list[str] = []
    at_once(play)
    play_again = is_what_was_said(path)
    assert shown == score_lines(DRILL, play_again.score())
    kinds = [entry.kind for entry in play_again.journal]
    assert "staff" in kinds
    assert "fire_inject" in kinds
