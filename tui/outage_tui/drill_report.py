"""The after-action report of a drill: what a team talks about before it leaves the room.

Written from the recording alone, in about a second, as one HTML page or as Markdown. First comes
the drill, in the order in which it is talked about; then the run under it, as `outage-tui report`
tells of any run, because it is an ordinary one.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

import attrs

from outage_agents.drills.drill_file import DrillError
from outage_agents.drills.recorded_play import recorded_play
from outage_engine.errors import RecordingError
from outage_engine.recording.reader import Recording
from outage_tui.drill_ghosts import known_ghosts
from outage_tui.mishap import DONE, BadUsage
from outage_tui.output import write_out
from outage_tui.report import check_out, written
from outage_tui.report_data import read_data
from outage_tui.report_document import Bullets, Command, Document, Paragraph, Section
from outage_tui.report_drill_acts import (
    calibration,
    communications,
    decisions,
    guesses,
    hypotheses,
    marks,
    probes,
    rankings,
)
from outage_tui.report_drill_data import DrillData, drill_data
from outage_tui.report_drill_lanes import timeline
from outage_tui.report_drill_plots import plots
from outage_tui.report_drill_practice import conduct, hints, improvement, injects, playing
from outage_tui.report_drill_story import expensive_wait, objectives, what_happened
from outage_tui.report_sections import document

READERS = ("facilitator", "players")
"""For whom a report can be; only the facilitator's has what evaluators marked."""


BRANCHES_MAX = 50


def write_drill_report(recording: Path, out: Path | None, readers: str = "facilitator") -> int:
    """Write the report of a drill's recording to `out`, or Markdown to standard output.

    Raises RecordingError or BadUsage, before anything is written; BadUsage too when no drill was
    played on the run.
    """
    check_out(out)
    write_out(written(recorded_document(recording, readers), out), out)
    return DONE


def recorded_document(path: Path, readers: str = "facilitator") -> Document:
    """The report of a drill from its recording. Raises RecordingError or BadUsage."""
    with Recording(path) as recording:
        if not recording.meta.get("drill"):
            raise BadUsage(
                f"{path}: no drill was played on this run; outage-tui report tells of any run"
            )
        try:
            play = recorded_play(recording)
            ghosts = known_ghosts(recording.meta.get("drill"), play.seed)
        except DrillError as error:
            raise BadUsage(*error.problems) from error
        started = recording.meta.get("command", "")
        data = drill_data(read_data(recording), play, ghosts, started)
        return drill_document(data, readers, _branches(recording))


def drill_document(
    data: DrillData, readers: str = "facilitator", branches: tuple[str, ...] = ()
) -> Document:
    """The report of a play. `branches`: recordings that were left by going back."""
    for_players = readers == "players"
    cut = "" if data.over is not None else " Not the whole drill."
    rest = document(data.run)
    return Document(
        title=f"After-action report: {data.drill.title}",
        subtitle=(
            f"Drill {data.drill.id}, seed {data.run.scenario.seed}, for {readers}.{cut}"
            " An exercise on a simulation; history is a reconstruction from a public account."
        ),
        sections=(
            what_happened(data),
            expensive_wait(data),
            objectives(data, for_players=for_players),
            timeline(data, for_players=for_players),
            plots(data),
            decisions(data),
            calibration(data),
            communications(data),
            hypotheses(data),
            probes(data),
            *rankings(data),
            *(() if for_players else marks(data)),
            hints(data),
            injects(data),
            guesses(data),
            conduct(data),
            improvement(data),
            again(data, branches),
            *_run_sections(rest),
        ),
    )


def _run_sections(rest: Document) -> Iterator[Section]:
    """What is told of any run, without what the drill has told better."""
    for section in rest.sections:
        if section.id not in ("timeline", "again"):
            yield attrs.evolve(section, title=f"The run: {_lowered(section.title)}")


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]


def again(data: DrillData, branches: tuple[str, ...]) -> Section:
    """How to play, look at and repeat it."""
    run = data.run.run
    file = run.path.name
    notes = [
        f"{shlex.join(['outage-tui', 'verify', file])} executes the run again and compares every"
        " event.",
        f"{shlex.join(['outage-tui', 'replay', file])} shows it on the dashboard, truth and all.",
        f"Digest {run.digest}, {run.events} events"
        f"{'' if run.finished else '; the recording is unfinished'}.",
    ]
    if branches:
        notes.append(f"Left behind by going back: {', '.join(branches)}.")
    else:
        notes.append("Nobody went back to an earlier moment.")
    return Section(
        "drill-again",
        "The same again",
        (
            Paragraph("This plays the same drill with the same luck:"),
            Command(playing(data, run.scenario.seed)),
            Paragraph("This repeats the run itself, with everything the team did in it:"),
            Command(data.run.command),
            Bullets(tuple(notes)),
        ),
    )


def _branches(recording: Recording) -> tuple[str, ...]:
    """Recordings that were left by going back, the last first: each names the one before it.

    A recording is not trusted to name files elsewhere: what is not beside it ends the list.
    """
    found: list[str] = []
    name = recording.meta.get("parent")
    while name and name not in found and len(found) < BRANCHES_MAX:
        found.append(name)
        beside = recording.path.with_name(Path(name).name)
        try:
            with Recording(beside) as parent:
                name = parent.meta.get("parent")
        except RecordingError:
            break
    return tuple(found)
