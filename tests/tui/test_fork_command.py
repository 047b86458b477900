"""Going back to a moment of a recorded run, and another way from there."""

import json
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from outage_agents.actions import merged, scheduled
from outage_agents.changes import ParameterChange
from outage_agents.faults import ScheduledFault
from outage_agents.scenario import Scenario
from outage_engine.clock import MINUTE, SECOND
from outage_engine.recording.reader import Recording
from outage_tui.command_text import command_of
from outage_tui.fork import fork_of, plan_fork
from outage_tui.link_messages import (
    Act,
    Done,
    Failure,
    Pace,
    Pause,
    Progress,
    Quit,
    Resume,
    State,
)
from outage_tui.run_plan import RunChoices

from .conftest import QUICK, Program
from .test_host import Client

RUN = ("run", *QUICK, "--headless", "--json", "--act", "dns.inspect@T-20m", "--until", "T+12m")


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of the DNS automation, recorded, with the race in it."""
    from outage_tui.cli import commands
    from outage_tui.mishap import exit_status

    path = tmp_path_factory.mktemp("parent") / "parent.otrec"
    assert exit_status(commands, [*RUN, "--record", str(path)]) == 0
    return path


@pytest.fixture
def client(starter: Any) -> Client:
    """A host that has been started and was told nothing yet."""
    return Client(starter.host())


def digest_of(path: Path) -> str:
    with Recording(path) as recording:
        return recording.meta.digest


def forked(program: Program, parent: Path, *options: str) -> dict[str, Any]:
    """What a headless fork prints."""
    called = program("fork", str(parent), *options, "--headless", "--json")
    assert called.status == 0, called.err
    found: dict[str, Any] = json.loads(called.out)
    return found


def test_a_fork_that_changes_nothing_is_its_parent(program: Program, parent: Path) -> None:
    same = forked(program, parent, "--at", "T-5m", "--no-record")
    assert same["digest"] == digest_of(parent)


def test_a_fork_goes_its_own_way_knows_its_parent_and_is_repeated_by_its_command(
    program: Program, parent: Path, tmp_path: Path
) -> None:
    path = tmp_path / "child.otrec"
    options = ("--at", "T-5m", "--act", "dns.stop_automation@T-2m", "--record", str(path))
    child = forked(program, parent, *options)
    assert child["digest"] != digest_of(parent)
    assert [action["id"] for action in child["actions"]] == ["dns.inspect", "dns.stop_automation"]
    with Recording(path) as recording:
        meta = recording.meta
    assert meta.get("parent") == "parent.otrec"
    assert meta.get("parent_digest") == digest_of(parent)
    assert int(meta.get("parent_at_ns")) == 43 * MINUTE
    again = program(*shlex.split(meta.get("command"))[1:], "--headless", "--json", "--no-record")
    assert json.loads(again.out)["digest"] == child["digest"]
    verified = json.loads(program("verify", str(path), "--json").out)
    assert (verified["ok"], verified["digest_found"]) == (True, child["digest"])


def test_the_parents_later_actions_can_be_left_out_and_its_earlier_ones_cannot(
    parent: Path,
) -> None:
    def ids(when: str, **wanted: Any) -> list[str]:
        given = {"script": None, "without": (), **wanted}
        return [e.id for e in plan_fork(parent, when, choices(**given)).scenario.script]

    known = ids("T-30m")
    assert known[0] == "dns.inspect"
    assert ids("T-30m", script="none") == []
    assert ids("T-10m", script="none") == ["dns.inspect"]
    assert ids("T-10m", without=("dns.inspect", *known[1:2]))[0] == "dns.inspect"
    assert known[1] not in ids("T-10m", without=known[1:2])


def choices(**wanted: Any) -> RunChoices:
    given: dict[str, Any] = {
        "scenario": "",
        "seed": None,
        "speed": None,
        "settings": (),
        "script": None,
        "acts": (),
        "without": (),
        "until": None,
        "samples": (),
        "record": None,
        "no_record": True,
        "headless": True,
        "as_json": False,
        "plain": False,
    }
    return RunChoices(**(given | wanted))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--at", "T+30m"), "ends at 00:00:00"),
        (("--at", "T-48m"), "nothing before its first moment"),
        (("--at", "noon"), "not a time"),
        (("--at", "T-5m", "--act", "dns.inspect@T-9m"), "before the fork's moment"),
        (("--at", "T-5m", "--fault", "pause:enactor-2@T-9m"), "before the fork's moment"),
        (("--at", "T-5m", "--until", "T-9m"), "before the fork's moment"),
        (("--at", "T-5m", "--act", "dns.inspekt@T-1m"), "did you mean dns.inspect"),
    ],
)
def test_what_is_wrong_with_a_fork_is_said_before_anything_runs(
    program: Program, parent: Path, options: tuple[str, ...], why: str
) -> None:
    called = program("fork", str(parent), *options, "--headless", "--no-record")
    assert called.status == 2
    assert why in called.err


def test_a_forks_swarm_strikes_what_is_its_own_and_is_told(program: Program, parent: Path) -> None:
    words = ("--at", "T-5m", "--fault", "swarm:8,3", "--headless", "--json", "--no-record")
    called = program("fork", str(parent), *words)
    assert called.status == 0, called.err
    told = json.loads(called.out)
    assert len(told["faults"]) == 8
    assert all(-5 <= fault["t_min"] < 12 for fault in told["faults"])
    assert called.err.count("with --fault") == 8


def test_a_fork_reports_no_moment_after_its_parents_end(program: Program, parent: Path) -> None:
    called = program("fork", str(parent), "--at", "T-5m", "--sample", "T+13m", "--json")
    assert called.status == 2
    assert "--sample T+13m: after the run ends, at 00:00:00" in called.err


def test_what_a_shorter_fork_never_comes_to_is_not_in_the_command_that_repeats_it() -> None:
    base = Scenario.load("dns-only")
    late = [base.duration_ns + MINUTE * n for n in (1, 2, 3)]
    run = attrs.evolve(
        base,
        script=merged(base.script, (scheduled("dns.inspect", late[0], {}),)),
        faults=(ScheduledFault("crash", "planner", (), late[1]),),
        changes=(ParameterChange("dns.keep_generations", "9", late[2]),),
    )
    words = shlex.split(command_of(run, "dns-only", late[2]))
    assert [option for option in words if option in ("--act", "--fault", "--change")] == [
        *("--act", "--fault", "--change")
    ]
    words = shlex.split(command_of(run, "dns-only", 10 * MINUTE))
    assert words == ["outage-tui", "run", "dns-only", "--seed", "1", "--until", "T-38m"]


def tampered(parent: Path, path: Path) -> Path:
    """A copy of a recording whose scenario is not the one that was run."""
    path.write_bytes(parent.read_bytes())
    file = sqlite3.connect(path, isolation_level=None)
    (text,) = file.execute("SELECT text FROM scenario").fetchone()
    file.execute("UPDATE scenario SET text = ?", (text.replace("seed = 1\n", "seed = 2\n"),))
    file.close()
    return path


def test_a_fork_that_is_not_its_parent_is_named_and_ends_with_status_3(
    program: Program, parent: Path, tmp_path: Path
) -> None:
    other = tampered(parent, tmp_path / "other.otrec")
    called = program("fork", str(other), "--at", "T-5m", "--headless", "--no-record")
    assert called.status == 3
    assert "the fork is not its parent after" in called.err
    assert "expected" in called.err


def order(client: Client, parent: Path, at_ns: int, **changes: Any) -> None:
    """Ask a host for a fork, as the dashboard does."""
    plan = fork_of(parent, at_ns, pace=60.0, halted=True, record=parent.with_name("unused.otrec"))
    assert plan.parent is not None
    wanted = {
        "scenario": plan.scenario.text(),
        "until_ns": plan.until_ns,
        "pace": plan.pace,
        "record": None,
        "command": plan.command,
        "halted": plan.halted,
        "parent": {"path": str(plan.parent.path), "at_ns": at_ns, "digest": plan.parent.digest},
    }
    client.write(msgspec.json.encode(wanted | changes) + b"\n")


def test_behind_a_dashboard_a_fork_tells_how_far_it_is_and_is_live_from_its_moment(
    client: Client, parent: Path
) -> None:
    order(client, parent, 43 * MINUTE)
    state = client.wait_for(State)
    told = [frame for frame in client.frames if isinstance(frame, Progress)]
    assert told[-1].share == 1.0
    assert told[-1].until_ns == 43 * MINUTE
    assert [frame.share for frame in told] == sorted(frame.share for frame in told)
    assert (state.halted, state.t_ns) == (True, 43 * MINUTE - 1)
    client.send(Act("dns.stop_automation", begin=False))
    assert client.applied("act").t_ns == 43 * MINUTE
    client.send(Pace(0.0), Resume())
    done = client.wait_for(Done)
    assert "--act dns.stop_automation@T-5m" in done.command
    assert done.digest != digest_of(parent)
    client.send(Quit())
    assert client.ended() == 0


def test_behind_a_dashboard_a_divergence_ends_the_run_with_status_3(
    client: Client, parent: Path, tmp_path: Path
) -> None:
    order(client, tampered(parent, tmp_path / "other.otrec"), 43 * MINUTE)
    failure = client.wait_for(Failure)
    assert "the fork is not its parent" in failure.reason
    assert failure.exit_code == 3
    client.send(Quit())
    assert client.ended() == 3


def test_a_live_run_is_forked_from_its_own_recording(
    starter: Any, tmp_path: Path, program: Program
) -> None:
    first, path = Client(starter.host()), tmp_path / "live.otrec"
    first.order(path, command=shlex.join(["outage-tui", "run", *QUICK]))
    first.wait_for(State, lambda state: state.t_ns > 5 * MINUTE)
    first.send(Act("dns.inspect", begin=False), Pause())
    first.applied("pause")
    at_ns = first.wait_for(State, lambda state: state.halted).t_ns // SECOND * SECOND
    child = fork_of(path, at_ns + 60 * SECOND, record=tmp_path / "unused.otrec")
    assert child.scenario.script[0].id == "dns.inspect"
    when = f"T-{48 * 60 - at_ns // SECOND - 60}s"
    own = forked(program, path, "--at", when, "--no-record")
    first.send(Pace(0.0), Resume())
    assert first.wait_for(Done).digest == own["digest"]
    first.close()
    assert first.ended() == 0


def test_the_scenario_of_a_fork_is_that_of_its_parent(parent: Path) -> None:
    plan = plan_fork(parent, "T-5m", choices())
    with Recording(parent) as recording:
        assert plan.scenario == Scenario.read(recording.meta.scenario)
