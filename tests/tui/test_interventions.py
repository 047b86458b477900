"""What a person decides during a live run: done, recorded, and repeatable by one command line."""

import json
import os
import shlex
import signal
from pathlib import Path
from typing import Any

import pytest

from outage_agents.scenario import Scenario
from outage_engine.clock import SECOND
from outage_engine.recording.reader import Recording
from outage_tui.link_messages import (
    Act,
    Applied,
    CallOff,
    Change,
    Command,
    Done,
    EndFault,
    Inject,
    Mark,
    Pace,
    Pause,
    Quit,
    Resume,
    State,
    region_of,
)

from .conftest import QUICK, Program
from .test_host import Client, unwatched_digest

COMMAND = shlex.join(["outage-tui", "run", *QUICK, "--until", "T+10m"])


@pytest.fixture
def client(starter: Any) -> Client:
    """A host that has been started and was told nothing yet."""
    return Client(starter.host())


def halted(client: Client, path: Path | None) -> State:
    """A live run that somebody has halted a little after its start."""
    client.order(path, pace=60.0, command=COMMAND)
    client.wait_for(State)
    client.send(Pause())
    client.applied("pause")
    return client.wait_for(State, lambda state: state.halted)


def test_a_decision_is_recorded_and_the_command_printed_repeats_the_run(
    client: Client, tmp_path: Path, program: Program
) -> None:
    path = tmp_path / "decided.otrec"
    now_ns = halted(client, path).t_ns
    client.send(Act("dns.stop_automation", begin=True), Act("dns.inspect", begin=False))
    first = client.applied("act")
    assert first.t_ns == (now_ns // SECOND + 1) * SECOND
    assert first.detail.startswith("dns.stop_automation takes effect at ")
    client.send(Pace(0.0), Resume())
    done = client.wait_for(Done)
    client.send(Quit())
    assert client.ended() == 0

    assert done.digest != unwatched_digest()
    with Recording(path) as recording:
        meta = recording.meta
        assert meta.get("command") == done.command
        assert Scenario.read(meta.first_scenario).script == Scenario.load("dns-only").script
        assert len(Scenario.read(meta.scenario).script) == 2 + len(Scenario.load("dns-only").script)
    verified = program("verify", str(path), "--json")
    assert (verified.status, json.loads(verified.out)["ok"]) == (0, True)
    words = shlex.split(done.command)
    again = program(*words[1:], "--headless", "--json", "--no-record")
    assert json.loads(again.out)["digest"] == done.digest


def test_what_was_acknowledged_survives_a_kill(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "killed.otrec"
    halted(client, path)
    client.send(Act("dns.inspect", begin=False))
    client.applied("act")
    client.process.send_signal(signal.SIGKILL)
    client.process.wait()
    assert os.path.getsize(path.with_name(path.name + "-wal")) > 0
    with Recording(path) as recording:
        assert not recording.meta.finished
        kept = Scenario.read(recording.meta.scenario).script
        assert "--act dns.inspect@" in recording.meta.get("command")
    assert [e.id for e in kept if e not in Scenario.load("dns-only").script] == ["dns.inspect"]


def test_a_running_list_shows_what_is_ahead_under_way_and_called_off(client: Client) -> None:
    halted(client, None)
    client.send(Act("dns.restart_enactors", (("duration_s", 300.0),)))
    client.applied("act")

    def state_is(wanted: str) -> State:
        def matches(state: State) -> bool:
            shown = region_of(state).inputs.actions
            return any(a.id == "dns.restart_enactors" and a.state == wanted for a in shown)

        return client.wait_for(State, matches)

    state_is("ahead")
    client.send(Resume())
    begun = region_of(state_is("begun")).inputs.actions
    (shown,) = [action for action in begun if action.state == "begun"]
    assert (shown.name, shown.end_ns - shown.start_ns) == ("dns.restart_enactors#1", 300 * SECOND)
    client.send(CallOff(shown.name), Pace(0.0))
    assert not client.applied("calloff").refused
    over = region_of(state_is("over")).inputs.actions
    assert [a.result for a in over if a.name == shown.name] == ["called off"]
    client.close()
    assert client.ended() == 0


REFUSED: tuple[tuple[Command, str], ...] = (
    (Act("dns.inspekt"), "did you mean dns.inspect"),
    (Act("dwfm.throttle", (("max_outstanding_share", 7.0),)), "outside"),
    (Act("dns.inspect", (("duration_s", "long"),)), "duration_s"),
    (CallOff("dns.inspect#4"), "no such action"),
    (EndFault(3), "no such fault"),
    (Inject("pause", "enactor-2", duration_s=-5.0), "duration_s"),
    (Inject("pause", "nobody"), "nobody"),
    (Inject("pauze", "enactor-2"), "did you mean pause"),
    (Inject("slow", "enactor-2", (("factor", -1.0),)), "factor"),
    (Change("dns.nonsense", "3"), "dns.nonsense"),
)


@pytest.mark.parametrize(("command", "why"), REFUSED)
def test_what_cannot_be_done_is_refused_with_a_reason(
    client: Client, tmp_path: Path, command: Command, why: str
) -> None:
    path = tmp_path / "refused.otrec"
    halted(client, path)
    client.send(command)
    answer = client.wait_for(Applied, lambda frame: frame.refused)
    assert why in answer.detail
    client.send(Pace(0.0), Resume())
    assert client.wait_for(Done).digest == unwatched_digest()
    client.send(Quit())
    assert client.ended() == 0
    with Recording(path) as recording:
        assert recording.meta.scenario == recording.meta.first_scenario


def test_a_fault_and_a_changed_parameter_are_decided_live_and_ended_by_hand(
    client: Client, tmp_path: Path, program: Program
) -> None:
    path = tmp_path / "broken.otrec"
    halted(client, path)
    client.send(Inject("slow", "enactor-*"), Change("dns.planner_period_s", "20"))
    assert "to be ended by hand" in client.applied("inject").detail
    client.applied("change")
    client.send(Resume())
    active = client.wait_for(
        State, lambda s: any(f.state == "active" for f in region_of(s).inputs.faults)
    )
    (fault,) = region_of(active).inputs.faults
    client.send(EndFault(fault.n), Pace(0.0))
    assert not client.applied("endfault").refused
    done = client.wait_for(Done)
    (over,) = region_of([f for f in client.frames if isinstance(f, State)][-1]).inputs.faults
    assert over.state == "over"
    client.send(Quit())
    assert client.ended() == 0
    words = shlex.split(done.command)
    assert "--fault" in words
    assert "--change" in words
    again = program(*words[1:], "--headless", "--json", "--no-record")
    assert json.loads(again.out)["digest"] == done.digest


def test_nothing_can_be_decided_once_the_run_is_over(client: Client) -> None:
    client.order(None)
    client.wait_for(Done)
    client.send(Act("dns.inspect"), Mark("late"))
    assert client.wait_for(Applied).refused
    client.close()
    assert client.ended() == 0
