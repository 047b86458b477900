"""`outage-tui drill NAME` at a terminal: somebody plays it, alone, as commander and operations.

The host is started before Textual is imported, so that the run is on its way to its beginning while
the screen loads. After the end the score is read from the recording, as any other would be.
"""

import secrets
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.drill_file import drill_text, load_drill, shipped_drills
from outage_agents.scenario_source import InputError
from outage_engine.errors import RecordingError
from outage_engine.recording.reader import Recording
from outage_tui.drill import list_drills, parsed_seed, score_lines
from outage_tui.drill_host import Order
from outage_tui.drill_host_process import start_drill_host
from outage_tui.mishap import DONE, FAILED, BadUsage, say
from outage_tui.output import is_terminal
from outage_tui.recordings_folder import check_new_file, new_recording

if TYPE_CHECKING:
    from outage_agents.drills.drill import Drill
    from outage_tui.drill_link import Ended


@attrs.frozen
class SoloChoices:
    """What the command line says of playing alone."""

    drill: str
    """A shipped name or a file."""
    seed: str | None = None
    record: Path | None = None
    no_record: bool = False
    verb_cost: bool = False
    """Time stands still, and every command takes some."""
    ascii_only: bool = False
    theme: str = ""


def choose_and_play(*, ascii_only: bool = False, theme: str = "") -> int:
    """Ask which drill, and play it; without a terminal print the list. Gives the exit status."""
    if not is_terminal():
        return list_drills(as_json=False)
    from outage_tui.dashboard.drill_chooser import chosen_drill

    drills = sorted(
        (load_drill(name) for name in shipped_drills()), key=lambda one: (one.level, one.id)
    )
    chosen = chosen_drill(drills, ascii_only=ascii_only, theme=theme)
    if chosen is None:
        return DONE
    return play_solo(SoloChoices(chosen, ascii_only=ascii_only, theme=theme))


def spun(seed: str | None, level: int) -> str:
    """The name of a drill that the wheel draws; at random unless a seed is given. Raises
    BadUsage."""
    drawn = parsed_seed(seed)
    return f"wheel:{secrets.randbelow(1_000_000) if drawn is None else drawn}:{level}"


def play_solo(choices: SoloChoices) -> int:
    """Play a drill at this terminal, and give the exit status.

    Raises BadUsage before anything starts.
    """
    if not is_terminal():
        raise BadUsage(
            f"there is no terminal to play {choices.drill} at; "
            "a scripted play needs none: --play PLAY --headless"
        )
    drill, order = order_of(choices)
    host = start_drill_host(order)
    from outage_tui.dashboard.player_app import run_player
    from outage_tui.dashboard.seat_source import NotLetIn, PipeSeatSource

    try:
        source = PipeSeatSource(host.process, log=host.log)
    except NotLetIn as error:
        say(f"{error} (log: {host.log})")
        return FAILED
    ended: list[Ended] = []
    status = run_player(
        source, ascii_only=choices.ascii_only, theme=choices.theme, over=ended.append
    )
    tell_end(drill, order, ended[0] if ended else None)
    if host.log.exists() and not host.log.stat().st_size:
        host.log.unlink()
    return status


def order_of(choices: SoloChoices) -> tuple["Drill", Order]:
    """The drill and what its host is told. Raises BadUsage."""
    if choices.record is not None and choices.no_record:
        raise BadUsage("--record and --no-record exclude each other; give one of them")
    check_new_file(choices.record)
    seed = parsed_seed(choices.seed)
    try:
        drill = load_drill(choices.drill)
        scenario, _, _ = prepared(drill, seed)
    except InputError as error:
        raise BadUsage(*error.problems) from error
    record = None if choices.no_record else choices.record or new_recording(scenario, drill.id)
    words = ["outage-tui", "drill", choices.drill]
    words += ["--seed", choices.seed] if choices.seed is not None else []
    words += ["--verb-cost"] if choices.verb_cost else []
    return drill, Order(
        label=choices.drill,
        text=drill_text(choices.drill),
        command=shlex.join(words),
        seed=seed,
        record=None if record is None else str(record.resolve()),
        verb_cost=choices.verb_cost,
    )


def tell_end(drill: "Drill", order: Order, ended: "Ended | None") -> None:
    """The score, where the recording is, how its report is written, how it is played again."""
    path = order.record if ended is None else ended.recording
    if path is None or not Path(path).exists():
        return
    if ended is not None:
        from outage_agents.drills.recorded_play import recorded_play

        try:
            with Recording(Path(path)) as recording:
                score = recorded_play(recording).score()
        except (InputError, RecordingError) as error:
            say(f"no score: {error}")
        else:
            print("\n".join(score_lines(drill, score)))
    say(f"recorded in {path}")
    if ended is not None:
        report = Path(path).with_suffix(".html").name
        say(f"the report: {shlex.join(['outage-tui', 'drill', 'report', path, '-o', report])}")
    say(f"play it again: {order.command}")
