"""What goes wrong at the edge: readers that leave, disks that fill, errors nobody expected."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from outage_engine.errors import ActorCrashed
from outage_tui import mishap, scenario

QUICK = ("run", "dns-only", "--set", "dns.endpoints=10")
PATIENCE_S = 60.0


def test_a_reader_that_leaves_ends_the_run_and_its_recording_is_closed(
    program: Any, starter: Any, tmp_path: Path
) -> None:
    path = tmp_path / "left.otrec"
    process = starter.command_line(*QUICK, "--plain", "--record", str(path))
    assert process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    assert process.wait(PATIENCE_S) == 1
    assert err.startswith("stopped at ")
    assert "Traceback" not in err
    verdict = json.loads(program("verify", str(path), "--json").out)
    assert verdict["ok"]
    assert verdict["finished"]


def test_a_reader_that_left_before_the_first_word_is_no_complaint(starter: Any) -> None:
    process = starter.command_line("scenario", "show", "small")
    process.stdout.close()
    assert process.wait(PATIENCE_S) == 1
    assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_one_line(starter: Any) -> None:
    full = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); "
    process = starter.command_line("actions", first=full)
    err = process.stderr.read().decode()
    assert process.wait(PATIENCE_S) == 1
    (line,) = err.splitlines()
    assert line.startswith("cannot go on: No space left on device (log: ")
    Path(line.split("(log: ")[1].rstrip(")")).unlink()


def test_a_closed_output_is_no_crash(starter: Any) -> None:
    process = starter.command_line("actions", "--json", first="import sys; sys.stdout = None; ")
    assert process.wait(PATIENCE_S) == 0
    assert process.stderr.read() == b""


def test_a_full_disk_ends_the_recording_and_not_the_run(starter: Any, tmp_path: Path) -> None:
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); "
    )
    words = [*QUICK, "--until", "00:30", "--json"]
    process = starter.command_line(*words, "--record", str(tmp_path / "full.otrec"), first=limit)
    whole = starter.command_line(*words, "--no-record")
    out, err = process.communicate(timeout=PATIENCE_S)
    wanted, _ = whole.communicate(timeout=PATIENCE_S)

    assert (process.returncode, whole.returncode) == (1, 0)
    (line,) = err.decode().splitlines()
    assert "recording stopped: " in line
    assert line.endswith("the run goes on unrecorded")
    assert json.loads(out)["digest"] == json.loads(wanted)["digest"]


def test_an_unexpected_error_is_one_line_and_a_log(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode() -> int:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(scenario, "list_scenarios", explode)
    call = program("scenario", "list")
    assert call.status == 1
    (line,) = call.problems
    assert line.startswith("unexpected RuntimeError: no such luck (log: ")
    log = Path(line.split("(log: ")[1].rstrip(")"))
    assert "Traceback" in log.read_text()
    log.unlink()


def test_an_actor_that_crashes_is_one_line_that_says_how_to_repeat_it(
    program: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(self: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("outage_agents.simulation.Simulation._sample", fail)
    call = program(*QUICK, "--json", "--record", str(tmp_path / "crash.otrec"))
    assert call.status == 1
    assert call.out == ""
    assert "(seed 1): ZeroDivisionError: by zero (log: " in call.problems[-1]
    Path(call.problems[-1].split("(log: ")[1].rstrip(")")).unlink()
    assert program("verify", str(tmp_path / "crash.otrec")).status != 2


def test_signals_that_are_ignored_stay_ignored(starter: Any) -> None:
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
    words = [*QUICK, "--until", "23:55", "--plain", "--speed", "3000", "--no-record"]
    process = starter.command_line(*words, first=ignore)
    assert process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert err == b""
    assert out.decode().splitlines()[-1].startswith("dns-only, seed 1: ")


def test_what_is_said_goes_to_standard_error_and_nowhere_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mishap.say("hello")
    assert capsys.readouterr() == ("", "hello\n")
    monkeypatch.setattr(sys, "stderr", None)
    mishap.say("nobody hears")
    assert capsys.readouterr().out == ""


def test_an_error_of_the_simulation_is_not_called_unexpected() -> None:
    import click

    @click.command()
    def crash() -> None:
        raise ActorCrashed("planner failed at 3.000 s of virtual time (seed 1)")

    assert mishap.exit_status(crash, []) == mishap.FAILED
