"""The command line: where everything begins.

The way of the data: `main` -> `Scenario.load` -> `region.build` (the cast list) -> `World.run` ->
an actor -> telemetry -> the Region's view -> recording and dashboard. Each command lives in a
module of its own and is imported only when it runs, so that `--help` answers at once.

Exit status: 0 done; 1 something else went wrong; 2 usage, bad scenario or bad recording;
3 verify found a divergence; 130 and 143 after Ctrl-C and SIGTERM.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

try:
    import click
except KeyboardInterrupt:  # nothing is there yet that could say it better
    sys.exit(130)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Adds = Callable[[Callable[..., None]], Callable[..., None]]

REFERENCE = "us-east-1-2025-10-20"


class FileName(click.Path):
    """A file. `pathlib` is loaded when one is named: it is a fifth of what `--help` takes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The name as a path."""
        from pathlib import Path

        return Path(str(super().convert(value, param, ctx)))


FILE = FileName()


class DefaultGroup(click.Group):
    """A group whose default command is `run`: `outage-tui --seed 7` runs with seed 7."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front when no command is named."""
        first = args[0] if args else ""
        if (
            first not in ("--help", "-h", "--version")
            and first not in self.commands
            and (not args or first.startswith("-"))
        ):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from outage_tui.recorder import program_version

        click.echo(f"outage-tui, version {program_version()}")
        context.exit()


@click.group(
    cls=DefaultGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def commands() -> None:
    """Live through the us-east-1 outage of 19-20 October 2025.

    Without a command: the live dashboard of the reference scenario. WHEN is 04:14 (PDT of the
    scenario), T+266m (minutes after 23:48) or an ISO time.
    """


THEMES = ("dark", "light", "ansi", "colour-blind")
"""The same as `config.THEMES`, which is not imported for `--help`."""


def _options(*options: Adds) -> Adds:
    """All of these at once; the help shows them in this order."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_JSON_OBJECT = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_JSON_LIST = click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
_SEED = click.option("--seed", metavar="N", help="Seed of the run.")
_record_options = _options(
    click.option(
        "--record",
        type=FILE,
        metavar="FILE",
        help="Where to record; the file must not exist.",
    ),
    click.option("--no-record", is_flag=True, help="Do not record."),
)
_look_options = _options(
    click.option(
        "--theme",
        type=click.Choice(THEMES),
        help="Colours; those of the configuration unless told otherwise.",
    ),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only."),
)
"""How a screen looks."""

_NEW_FILE = click.option(
    "-o",
    "out",
    type=FILE,
    metavar="FILE",
    help="Where to write; the file must not exist. Standard output unless told otherwise.",
)
_REPORT_FILE = click.option(
    "-o",
    "out",
    type=FILE,
    metavar="F.html|F.md",
    help="Where to write; the file must not exist. Markdown on standard output without it.",
)
_course_options = _options(
    click.option(
        "--speed",
        metavar="auto|N|max",
        help="Virtual seconds a second; auto slows down around milestones.",
    ),
    click.option(
        "--actions",
        "script",
        metavar="as-history|none|FILE",
        help="What the operators do; as-history unless told otherwise.",
    ),
    click.option(
        "--act",
        "acts",
        multiple=True,
        metavar="'ID[:ARG=VALUE,...]@WHEN'",
        help="One more action of the operators.",
    ),
    click.option("--without", multiple=True, metavar="ID", help="Leave an action out."),
    click.option(
        "--fault",
        "faults",
        multiple=True,
        metavar="'KIND:TARGET[,ARG=VALUE,...]@WHEN[+DURATION]'",
        help="Break something; swarm:N[,SEED] draws N faults and says which.",
    ),
    click.option(
        "--change",
        "changes",
        multiple=True,
        metavar="PATH=VALUE@WHEN",
        help="Change a scenario parameter during the run.",
    ),
    click.option("--until", metavar="WHEN", help="Stop at this moment."),
    click.option(
        "--sample",
        "samples",
        multiple=True,
        metavar="WHEN",
        help="Report every measured value at this moment (with --json).",
    ),
    _record_options,
    click.option("--headless", is_flag=True, help="No dashboard; run at the maximum."),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Headless: print one JSON object at the end.",
    ),
    click.option("--plain", is_flag=True, help="No dashboard: narrate, one line an event."),
    _look_options,
)
"""What a run and a fork have in common: inputs, end, pace, recording, what is printed."""


@commands.command("run")
@click.argument("scenario", default=REFERENCE)
@_SEED
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a scenario parameter, e.g. dns.keep_generations=100.",
)
@_course_options
def run_command(**chosen: Any) -> None:
    """Simulate SCENARIO (a shipped name or a TOML file) and watch it live."""
    from outage_tui.run import run
    from outage_tui.run_plan import RunChoices

    sys.exit(run(RunChoices(**chosen)))


@commands.command("replay")
@click.argument("recording", type=FILE)
@click.option("--at", "when", metavar="WHEN", help="Open at this moment.")
@click.option("--behind", type=FILE, metavar="FILE", help="Lay this one's latencies behind.")
@_look_options
def replay_command(
    recording: Path, when: str | None, behind: Path | None, theme: str | None, ascii_only: bool
) -> None:
    """Show the dashboard from RECORDING; seek freely, nothing is executed again."""
    from outage_tui.replay import replay

    sys.exit(replay(recording, when, behind=behind, ascii_only=ascii_only, theme=theme or ""))


@commands.command("tour")
@click.argument("recording", type=FILE, required=False)
@_look_options
def tour_command(recording: Path | None, theme: str | None, ascii_only: bool) -> None:
    """Be led through the outage in ten stops, each explained where it can be seen.

    Without RECORDING through the small scenario, which is run and kept the first time.
    """
    from outage_tui.tour import tour

    sys.exit(tour(recording, ascii_only=ascii_only, theme=theme or ""))


@commands.command("fork")
@click.argument("recording", type=FILE)
@click.option("--at", "when", metavar="WHEN", required=True, help="Go another way from here.")
@_course_options
def fork_command(recording: Path, when: str, **chosen: Any) -> None:
    """Execute RECORDING's run again up to a moment, and go on from there with other inputs.

    What begins before the moment stays; --actions, --without, --act, --fault and --change are
    about what comes later.
    """
    from outage_tui.fork import fork
    from outage_tui.run_plan import RunChoices

    choices = RunChoices(scenario=str(recording), seed=None, settings=(), **chosen)
    sys.exit(fork(recording, when, choices))


@commands.command("verify")
@click.argument("recording", type=FILE)
@_JSON_OBJECT
def verify_command(recording: Path, as_json: bool) -> None:
    """Execute RECORDING's run again and compare it, event by event."""
    from outage_tui.verify import verify

    sys.exit(verify(recording, as_json=as_json))


@commands.command("compare")
@click.argument("first", metavar="A", type=FILE)
@click.argument("second", metavar="B", type=FILE)
@_JSON_OBJECT
@click.option("--watch", is_flag=True, help="On a screen: both runs at any moment.")
@_look_options
def compare_command(
    first: Path, second: Path, as_json: bool, watch: bool, theme: str | None, ascii_only: bool
) -> None:
    """Hold two recordings side by side: where they part, milestones, impact, actions."""
    from outage_tui.compare import compare, watch_compared

    if watch and as_json:
        raise click.UsageError("--watch and --json exclude each other; give one of them")
    if watch:
        sys.exit(watch_compared(first, second, ascii_only=ascii_only, theme=theme or ""))
    sys.exit(compare(first, second, as_json=as_json))


@commands.group("what-if")
def what_if_commands() -> None:
    """Ask what would have happened: named what-ifs, run and held against history."""


@what_if_commands.command("list")
@_JSON_LIST
def what_if_list_command(as_json: bool) -> None:
    """Name the what-ifs and the questions they answer."""
    from outage_tui.what_if import list_what_ifs

    sys.exit(list_what_ifs(as_json=as_json))


_what_if_options = _options(
    click.option(
        "--scenario",
        default="small",
        show_default=True,
        metavar="SCENARIO",
        help="What to change: a shipped name or a TOML file.",
    ),
    click.option("--seed", metavar="N", help="Seed of every run."),
    click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        metavar="N",
        help="Runs beside each other; one a processor unless told otherwise.",
    ),
    _JSON_OBJECT,
)


@what_if_commands.command("run")
@click.argument("names", metavar="NAME...|all", nargs=-1, required=True)
@_what_if_options
def what_if_run_command(names: tuple[str, ...], **chosen: Any) -> None:
    """Run what-ifs and the historical night, and show what differs."""
    from outage_tui.what_if import run_what_ifs

    sys.exit(run_what_ifs(names, **chosen))


@what_if_commands.command("all")
@_what_if_options
def what_if_all_command(**chosen: Any) -> None:
    """Run all of them: the same as `what-if run all`."""
    from outage_tui.what_if import run_what_ifs

    sys.exit(run_what_ifs(("all",), **chosen))


@commands.command("fidelity")
@click.argument("recording", required=False, type=FILE)
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Run seeds 1 to N now, instead of showing what was measured.",
)
@click.option("--scenario", metavar="SCENARIO", help="What --seeds runs; small unless told.")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Runs beside each other.")
@_JSON_OBJECT
def fidelity_command(recording: Path | None, **chosen: Any) -> None:
    """Show how close RECORDING, or the reference scenario, comes to the published night."""
    from outage_tui.fidelity import fidelity

    sys.exit(fidelity(recording, **chosen))


@commands.command("export")
@click.argument("recording", type=FILE)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["csv", "jsonl", "hlog", "openmetrics"]),
    required=True,
    help="Metrics, what happened, latencies, or metrics with virtual timestamps.",
)
@click.option(
    "-o",
    "out",
    type=FILE,
    metavar="F",
    help="Where to write; the file must not exist. Standard output unless told otherwise.",
)
def export_command(recording: Path, format_name: str, out: Path | None) -> None:
    """Write RECORDING in a format that other programs read."""
    from outage_tui.export import export

    sys.exit(export(recording, format_name, out))


@commands.command("report")
@click.argument("recording", type=FILE)
@_REPORT_FILE
def report_command(recording: Path, out: Path | None) -> None:
    """Write an after-action report of RECORDING: what happened, what was done, what it cost."""
    from outage_tui.report import report

    sys.exit(report(recording, out))


@commands.command("actions")
@_JSON_LIST
def actions_command(as_json: bool) -> None:
    """Show what operators can do, with what it needs, brings and risks."""
    from outage_tui.actions import show_actions

    sys.exit(show_actions(as_json=as_json))


@commands.command("faults")
@_JSON_LIST
def faults_command(as_json: bool) -> None:
    """Show what can be broken, with what it does."""
    from outage_tui.faults import show_faults

    sys.exit(show_faults(as_json=as_json))


@commands.command("config")
@click.option("--print", "complete", is_flag=True, help="Print a complete file of defaults.")
def config_command(complete: bool) -> None:
    """Say which configuration is in force; --print begins one of your own."""
    from outage_tui.config import show_config

    sys.exit(show_config(complete=complete))


class DrillGroup(click.Group):
    """A group whose default command is `play`: `outage-tui drill trap`; alone it lets choose."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `play` in front of a drill's name, `choose` or `list` where nothing is said."""
        first = args[0] if args else ""
        if not args:
            args = ["choose" if sys.stdin.isatty() and sys.stdout.isatty() else "list"]
        elif first == "--wheel":
            args = ["wheel", *args[1:]]
        elif first not in self.commands and not first.startswith("-"):
            args = ["play", *args]
        return super().parse_args(ctx, args)


_people_options = _options(_SEED, _record_options)
"""What a drill that people play has, alone or with others."""


@commands.group("drill", cls=DrillGroup)
def drill_commands() -> None:
    """Practise commanding an incident.

    `drill` offers the drills, `drill NAME` plays one, `drill --wheel` draws one at random that
    nobody knows beforehand. With others: `drill host NAME` here, `drill join` in their terminals.
    """


@drill_commands.command("choose", hidden=True)
@_look_options
def drill_choose_command(ascii_only: bool, theme: str | None) -> None:
    """Offer the drills, and play the one that is chosen."""
    from outage_tui.drill_play import choose_and_play

    sys.exit(choose_and_play(ascii_only=ascii_only, theme=theme or ""))


@drill_commands.command("wheel", hidden=True)
@click.option("--seed", metavar="N", help="The same number and level draw the same drill.")
@click.option(
    "--level", type=click.IntRange(1, 5), default=2, show_default=True, help="How hard it is."
)
@_look_options
def drill_wheel_command(seed: str | None, level: int, ascii_only: bool, theme: str | None) -> None:
    """Draw a drill at random, sealed: what is wrong shows only in play."""
    from outage_tui.drill_play import SoloChoices, play_solo, spun

    name = spun(seed, level)
    sys.exit(play_solo(SoloChoices(name, ascii_only=ascii_only, theme=theme or "")))


@drill_commands.command("host")
@click.argument("drill")
@_people_options
@click.option("--name", metavar="NAME", default="", help="Yours, as others see it.")
@click.option(
    "--seat",
    metavar="SEAT",
    default="facilitator",
    show_default=True,
    help="Where you sit. Any other than the facilitator sees no truth.",
)
@click.option("--blind", is_flag=True, help="Lead the drill without seeing the truth.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    metavar="P",
    help="Where others knock; the system chooses unless told otherwise.",
)
@click.option(
    "--beyond-loopback",
    "beyond",
    metavar="ADDRESS",
    help="Listen there, beyond this machine, instead. Nothing is encrypted: better use ssh -L.",
)
@click.option(
    "--headless", is_flag=True, help="No screen: print codes, and be led from another terminal."
)
@click.option("--json", "as_json", is_flag=True, help="With --headless: print JSON, one a line.")
@_look_options
def drill_host_command(**chosen: Any) -> None:
    """Host DRILL: lead it here, while others take its seats from their terminals."""
    from outage_tui.drill_hosting import hosted

    sys.exit(hosted(**chosen))


@drill_commands.command("join")
@click.argument("address", metavar="[HOST:]PORT")
@click.option("--seat", required=True, metavar="SEAT", help="Which to take; facilitator, too.")
@click.option("--name", metavar="NAME", default="", help="Yours, as others see it.")
@click.option(
    "--code-file",
    type=FILE,
    metavar="FILE",
    help="Read the code there; else OUTAGE_TUI_DRILL_CODE, else you are asked. "
    "There is no option for the code itself: other users can read arguments.",
)
@_look_options
def drill_join_command(theme: str | None, **chosen: Any) -> None:
    """Take a seat of a drill that another terminal hosts."""
    from outage_tui.drill_join import JoinChoices, join_drill

    sys.exit(join_drill(JoinChoices(theme=theme or "", **chosen)))


@drill_commands.command("list")
@_JSON_LIST
def drill_list_command(as_json: bool) -> None:
    """Name the drills that come with the program, easy ones first."""
    from outage_tui.drill import list_drills

    sys.exit(list_drills(as_json=as_json))


@drill_commands.command("check")
@click.argument("file")
def drill_check_command(file: str) -> None:
    """Tell everything that is wrong with FILE, with line and column."""
    from outage_tui.drill import check_drill

    sys.exit(check_drill(file))


@drill_commands.command("new")
@click.argument("name")
@_NEW_FILE
def drill_new_command(name: str, out: Path | None) -> None:
    """Begin a drill called NAME: a small one that is complete."""
    from outage_tui.drill import new_drill

    sys.exit(new_drill(name, out))


@drill_commands.command("msel")
@click.argument("name")
@click.option("--csv", type=FILE, metavar="F", help="Read this list, and print it as TOML.")
def drill_msel_command(name: str, csv: Path | None) -> None:
    """Print the master scenario events list of drill NAME (or of a file) as CSV."""
    from outage_tui.drill import show_events

    sys.exit(show_events(name, csv))


@drill_commands.command("report")
@click.argument("recording", type=FILE)
@_REPORT_FILE
@click.option(
    "--for",
    "readers",
    type=click.Choice(["facilitator", "players"]),
    default="facilitator",
    show_default=True,
    help="Players' copies have no evaluators' marks.",
)
def drill_report_command(recording: Path, out: Path | None, readers: str) -> None:
    """Write the after-action report of the drill in RECORDING."""
    from outage_tui.drill_report import write_drill_report

    sys.exit(write_drill_report(recording, out, readers))


@drill_commands.command("play")
@click.argument("drill")
@_people_options
@click.option(
    "--verb-cost", is_flag=True, help="Time stands still, and each command costs some of it."
)
@click.option("--play", metavar="PLAY|FILE", help="A scripted play of the drill instead of you.")
@click.option("--headless", is_flag=True, help="With --play: no screen, as fast as possible.")
@click.option("--json", "as_json", is_flag=True, help="With --play: print one JSON object.")
@_look_options
def drill_play_command(
    play: str | None,
    headless: bool,
    as_json: bool,
    verb_cost: bool,
    ascii_only: bool,
    theme: str | None,
    **chosen: Any,
) -> None:
    """Play DRILL (a shipped name or a file), or a script of it, which prints its score."""
    if play is None:
        if headless or as_json:
            raise click.UsageError("only a scripted play has no screen; give --play as well")
        from outage_tui.drill_play import SoloChoices, play_solo

        chosen |= {"verb_cost": verb_cost, "ascii_only": ascii_only, "theme": theme or ""}
        sys.exit(play_solo(SoloChoices(**chosen)))
    if not headless:
        raise click.UsageError("a scripted play has no screen; add --headless")
    from outage_tui.drill import PlayChoices, play_drill

    sys.exit(play_drill(PlayChoices(play=play, as_json=as_json, **chosen)))


@commands.group("scenario")
def scenario_commands() -> None:
    """Look at scenarios, check one, begin one of your own."""


@scenario_commands.command("list")
def scenario_list_command() -> None:
    """Name the scenarios that come with the program."""
    from outage_tui.scenario import list_scenarios

    sys.exit(list_scenarios())


@scenario_commands.command("show")
@click.argument("name")
def scenario_show_command(name: str) -> None:
    """Print every parameter of NAME (or of a file) with its unit, limits and source."""
    from outage_tui.scenario import show_scenario

    sys.exit(show_scenario(name))


@scenario_commands.command("check")
@click.argument("file")
def scenario_check_command(file: str) -> None:
    """Tell everything that is wrong with FILE, with line and column."""
    from outage_tui.scenario import check_scenario

    sys.exit(check_scenario(file))


@scenario_commands.command("new")
@click.argument("name")
@_NEW_FILE
def scenario_new_command(name: str, out: Path | None) -> None:
    """Begin a scenario called NAME: the reference one, to be changed."""
    from outage_tui.scenario import new_scenario

    sys.exit(new_scenario(name, out))


@commands.group("recordings")
def recordings_commands() -> None:
    """Look through the recordings made so far, and make room."""


@recordings_commands.command("list")
@_JSON_LIST
def recordings_list_command(as_json: bool) -> None:
    """List the recordings, the newest first."""
    from outage_tui.recordings import list_recordings

    sys.exit(list_recordings(as_json=as_json))


@recordings_commands.command("prune")
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many of the newest to keep.",
)
@click.option("--yes", is_flag=True, help="Delete without asking.")
def recordings_prune_command(keep: int, yes: bool) -> None:
    """Delete all but the newest recordings; says which."""
    from outage_tui.recordings import prune_recordings

    sys.exit(prune_recordings(keep, yes=yes))


def main() -> None:
    """Entry point of the program: run a command, and let no traceback reach a person."""
    try:
        from outage_tui.mishap import guarded
    except KeyboardInterrupt:
        sys.exit(130)
    guarded(commands)
