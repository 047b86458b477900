"""The command line: where everything begins.

The way of the data: `main` -> `Scenario.load` -> `region.build` (the cast list) -> `World.run` ->
an actor -> telemetry -> the Region's view -> recording and dashboard. Each command lives in a
module of its own and is imported only when it runs, so that `--help` answers at once.

Exit status: 0 done; 1 something else went wrong; 2 usage, bad scenario or bad recording;
3 verify found a divergence; 130 and 143 after Ctrl-C and SIGTERM.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

REFERENCE = "us-east-1-2025-10-20"


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


@click.group(
    cls=DefaultGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(None, "--version", package_name="outage-tui", prog_name="outage-tui")
def commands() -> None:
    """Live through the us-east-1 outage of 19-20 October 2025.

    Without a command: the live dashboard of the reference scenario. WHEN is 04:14 (PDT of the
    scenario), T+266m (minutes after 23:48) or an ISO time.
    """


def _run_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a run."""
    for option in reversed(
        [
            click.argument("scenario", default=REFERENCE),
            click.option("--seed", type=int, metavar="N", help="Seed of the run."),
            click.option(
                "--speed",
                metavar="auto|N|max",
                help="Virtual seconds a second; auto slows down around milestones.",
            ),
            click.option(
                "--set",
                "settings",
                multiple=True,
                metavar="PATH=VALUE",
                help="Change a scenario parameter, e.g. dns.keep_generations=100.",
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
            click.option("--until", metavar="WHEN", help="Stop at this moment."),
            click.option(
                "--sample",
                "samples",
                multiple=True,
                metavar="WHEN",
                help="Report every measured value at this moment (with --json).",
            ),
            click.option(
                "--record",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Where to record; the file must not exist.",
            ),
            click.option("--no-record", is_flag=True, help="Do not record."),
            click.option("--headless", is_flag=True, help="No dashboard; run at the maximum."),
            click.option(
                "--json",
                "as_json",
                is_flag=True,
                help="Headless: print one JSON object at the end.",
            ),
            click.option("--plain", is_flag=True, help="No dashboard: narrate, one line an event."),
            click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only."),
        ]
    ):
        command = option(command)
    return command


@commands.command("run")
@_run_options
def run_command(**chosen: Any) -> None:
    """Simulate SCENARIO (a shipped name or a TOML file) and watch it live."""
    from outage_tui.run import RunChoices, run

    sys.exit(run(RunChoices(**chosen)))


@commands.command("replay")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--at", "when", metavar="WHEN", help="Open at this moment.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only.")
def replay_command(recording: Path, when: str | None, ascii_only: bool) -> None:
    """Show the dashboard from RECORDING; seek freely, nothing is executed again."""
    from outage_tui.replay import replay

    sys.exit(replay(recording, when, ascii_only=ascii_only))


@commands.command("verify")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_command(recording: Path, as_json: bool) -> None:
    """Execute RECORDING's run again and compare it, event by event."""
    from outage_tui.verify import verify

    sys.exit(verify(recording, as_json=as_json))


def main() -> None:
    """Entry point of the program: run a command, and let no traceback reach a person."""
    from outage_tui.mishap import guarded

    guarded(commands)
