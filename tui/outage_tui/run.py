"""`outage-tui run`: a checked plan, and who carries it out: the dashboard or nobody's eyes."""

import shlex

import attrs

from outage_tui.config import settings
from outage_tui.mishap import say
from outage_tui.output import is_terminal
from outage_tui.run_plan import RunChoices, plan_of


def run(choices: RunChoices) -> int:
    """Check the choices, run, and give the exit status."""
    drawn = not (choices.headless or choices.as_json or choices.plain) and is_terminal()
    if drawn:
        chosen = settings()  # what is wrong with it is told before anything starts
        choices = attrs.evolve(choices, speed=choices.speed or chosen.pace)
    plan = plan_of(choices)
    for words in plan.drawn:
        say(f"with --fault {shlex.quote(words)}")
    if choices.headless or choices.as_json:
        from outage_tui.headless import run_headless

        return run_headless(plan, as_json=choices.as_json, plain=choices.plain)
    if not drawn:
        from outage_tui.headless import run_headless

        if not choices.plain:
            say("no terminal here: narrating in plain lines instead of drawing the dashboard")
        return run_headless(plan, as_json=False, plain=True)
    from outage_tui.watch import watch

    return watch(plan, ascii_only=choices.ascii_only, theme=choices.theme or "")
