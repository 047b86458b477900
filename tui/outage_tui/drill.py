"""`outage-tui drill`: list drills, check and begin files, and play one without a screen."""

import re
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from outage_agents.drills.drill_file import (
    drill_text,
    inject_tables,
    load_drill,
    new_drill_text,
    read_play,
    shipped_drills,
)
from outage_agents.drills.ghosts import ghosts_of
from outage_agents.drills.injects import injects_csv, injects_of_csv
from outage_agents.drills.journal import entry_text
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_agents.scenario_source import InputError
from outage_tui.interruption import interruptible
from outage_tui.mishap import DONE, FAILED, BadUsage, say
from outage_tui.output import write_json, write_out
from outage_tui.recorder import close_recording, open_recording, program_version
from outage_tui.recordings_folder import check_new_file, new_recording
from outage_tui.text_table import text_table

if TYPE_CHECKING:
    from outage_agents.drills.drill import Drill, Play
    from outage_agents.drills.score import Score
    from outage_agents.scenario import Scenario
    from outage_engine.recording.writer import RecordingWriter

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def list_drills(*, as_json: bool) -> int:
    """Print one line for each shipped drill, easy ones first."""
    drills = sorted(
        (load_drill(name) for name in shipped_drills()), key=lambda one: (one.level, one.id)
    )
    if as_json:
        keys = ("id", "title", "level", "length_min", "summary")
        write_json([{key: getattr(one, key) for key in keys} for one in drills])
        return DONE
    rows = [("drill", "level", "minutes", "what it is")]
    rows += [
        (one.id, str(one.level), str(one.length_min), f"{one.title}: {one.summary}")
        for one in drills
    ]
    print("\n".join(text_table(rows)))
    return DONE


def check_drill(name: str) -> int:
    """Say that a drill is good. Raises BadUsage that lists all that is wrong with it."""
    drill = _loaded(name)
    print(
        f"{name}: good: {drill.id}, level {drill.level}, {drill.length_min} min, "
        f"{len(drill.sensors)} sensors, {len(drill.injects)} injects, "
        f"{len(drill.objectives)} objectives, {len(drill.plays)} plays"
    )
    return DONE


def new_drill(name: str, out: Path | None) -> int:
    """Print, or write to a new file, a small drill that is complete. Raises BadUsage."""
    if not _NAME.fullmatch(name):
        raise BadUsage(f"{name!r}: a name is letters, digits, '-', '_' and '.', at most 64 of them")
    if name in shipped_drills():
        raise BadUsage(f"{name}: a drill of this name comes with the program; take another")
    write_out(new_drill_text(name), out)
    return DONE


def show_events(name: str, csv: Path | None) -> int:
    """Print a drill's master scenario events list as CSV; of a CSV file, print it as TOML.

    Raises BadUsage.
    """
    drill = _loaded(name)
    if csv is None:
        write_out(injects_csv(drill.injects), None)
        return DONE
    try:
        text = csv.read_text("utf-8")
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        raise BadUsage(f"{csv}:{line}: not UTF-8 text; save it as `CSV UTF-8`") from broken
    except (OSError, ValueError) as failed:
        reason = getattr(failed, "strerror", None) or str(failed)
        raise BadUsage(f"{csv}: cannot be read ({reason})") from failed
    try:
        injects = injects_of_csv(str(csv), text)
        write_out(inject_tables(drill, injects, str(csv)), None)
    except InputError as error:
        raise BadUsage(*error.problems) from error
    return DONE


@attrs.frozen
class PlayChoices:
    """What the command line says of a play."""

    drill: str
    play: str
    """Of the drill, or a file."""
    seed: str | None
    record: Path | None
    no_record: bool
    as_json: bool


def play_drill(choices: PlayChoices) -> int:
    """Play a scripted play to its end, print the score, and give the exit status.

    Raises BadUsage or RecordingError before anything runs.
    """
    drill = _loaded(choices.drill)
    play = _play_of(drill, choices.play)
    seed = parsed_seed(choices.seed)
    if choices.record is not None and choices.no_record:
        raise BadUsage("--record and --no-record exclude each other; give one of them")
    check_new_file(choices.record)
    keeping = _Keeping(drill, choices)
    try:
        stage = Stage.of(drill, seed=seed, make_keeper=keeping.open)
    except InputError as error:
        raise BadUsage(*error.problems) from error
    except BaseException:
        keeping.abandon()
        raise

    async def run() -> None:
        await stage.play(ScriptedPlayer(play), keeping.take)

    def close() -> None:
        over = stage.director.over or "stopped early"
        close_recording(keeping.writer, stage.simulation, f"drill {drill.id}: {over}")

    trio.run(interruptible, run, close)
    _tell(drill, play, stage, choices, keeping)
    failed = keeping.writer is not None and keeping.writer.failure is not None
    return FAILED if failed else DONE


class _Keeping:
    """The recording of a drill: a run like any other, and the journal as it grows."""

    def __init__(self, drill: "Drill", choices: PlayChoices) -> None:
        self.writer: RecordingWriter | None = None
        self._drill = drill
        self._choices = choices
        self._kept = 0
        self._next_flush_s = 0.0

    def open(self, scenario: "Scenario", end_ns: int) -> "RecordingWriter | None":
        """Make the file; None when nothing is to be recorded."""
        if self._choices.no_record:
            return None
        path = self._choices.record or new_recording(scenario, self._drill.id)
        words = ["outage-tui", "drill", self._choices.drill, "--play", self._choices.play]
        if self._choices.seed is not None:
            words += ["--seed", self._choices.seed]
        command = shlex.join([*words, "--headless"])
        self.writer = open_recording(
            path, scenario, command, end_ns, drill=drill_text(self._choices.drill)
        )
        return self.writer

    def take(self, stage: Stage) -> None:
        """Keep what was said since the last time."""
        if self.writer is None:
            return
        for entry in stage.journal[self._kept :]:
            self.writer.journal(entry.t_ns, entry.seat, entry.kind, entry_text(entry))
        self._kept = len(stage.journal)
        if time.monotonic() >= self._next_flush_s:
            self._next_flush_s = time.monotonic() + 1.0
            self.writer.flush()

    def abandon(self) -> None:
        """Let go of a file whose run did not begin."""
        if self.writer is not None:
            self.writer.abandon()


def _tell(
    drill: "Drill", play: "Play", stage: Stage, choices: PlayChoices, keeping: _Keeping
) -> None:
    score = stage.score(ghosts_of(drill.id, stage.simulation.scenario.seed))
    writer = keeping.writer
    if choices.as_json:
        write_json(
            {
                "drill": drill.id,
                "play": play.id,
                "seed": stage.simulation.scenario.seed,
                "over": stage.director.over,
                "t_ns": stage.simulation.world.now,
                "score": attrs.asdict(score),
                "journal": len(stage.journal),
                "digest": stage.simulation.world.digest,
                "version": program_version(),
                "recording": None if writer is None else str(writer.path),
            }
        )
        return
    print("\n".join([*score_lines(drill, score), *beside_lines(score)]))
    if writer is not None and writer.failure is None:
        say(f"recorded in {writer.path}")


def score_lines(drill: "Drill", score: "Score") -> list[str]:
    """The three panels as lines of text."""
    outcome, conduct, awareness = score.outcome, score.conduct, score.awareness
    lines = [
        f"over: {score.over or 'not yet'}",
        f"outcome: {outcome.customer_minutes / 1e6:.2f} million customer-minutes lost, "
        f"{outcome.relapses} relapses",
    ]
    if outcome.measured is not None and drill.measure is not None:
        measure, amount = drill.measure, outcome.measured
        told = f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"
        lines.append(f"  {measure.title}: {told} {measure.unit}")
    for ghost in outcome.ghosts:
        lost = ghost.customer_minutes
        lines.append(f"  {ghost.id}: {'not run' if lost is None else f'{lost / 1e6:.2f} million'}")
    early = ", all-clear too early" if conduct.all_clear_too_early else ""
    lines += [
        f"conduct: declared {_after(conduct.declared_after_s)}, first update "
        f"{_after(conduct.first_post_after_s)}, {conduct.posts_late} updates late, "
        f"{conduct.actions} actions, {conduct.needless} needless, {conduct.decoys} decoys{early}",
        f"awareness: {awareness.probes_right} of {awareness.probes} probes, "
        f"{awareness.hypotheses_right} hypotheses right, {awareness.hypotheses_wrong} wrong",
    ]
    for one in score.objectives:
        when = "" if one.after_s is None else f" ({_after(one.after_s)})"
        lines.append(f"  {'met   ' if one.met else 'missed'} {one.title}{when}")
    return lines


def beside_lines(score: "Score") -> list[str]:
    """What a play stands beside: ghosts, with luck told from skill, that night's waits, and how
    well confidence was founded."""
    standings = [
        f"beside {ghost.id}: {ghost.standing}" for ghost in score.outcome.ghosts if ghost.standing
    ]
    waits = [
        f"{gap.title}: {gap.minutes:.0f} min{' so far' if gap.until_ns is None else ''}, "
        f"that night {gap.history_min}"
        for gap in score.outcome.gaps
    ]
    return [*standings, *waits, f"confidence: {score.awareness.calibration}"]


def _after(seconds: int | None) -> str:
    return "never" if seconds is None else f"after {seconds / 60:.0f} min"


def _loaded(name: str) -> "Drill":
    try:
        return load_drill(name)
    except InputError as error:
        raise BadUsage(*error.problems) from error


def _play_of(drill: "Drill", name: str) -> "Play":
    known = drill.play(name)
    if known is not None:
        return known
    if not Path(name).exists():
        plays = ", ".join(one.id for one in drill.plays) or "none"
        raise BadUsage(f"--play {name}: no such play or file; plays of {drill.id}: {plays}")
    try:
        return read_play(name, drill)
    except InputError as error:
        raise BadUsage(*error.problems) from error


def parsed_seed(text: str | None) -> int | None:
    """A seed as the command line has it. Raises BadUsage."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadUsage(f"--seed {text}: must be a whole number, 0 or more")
    return int(text)
