"""What `Q` leaves on the terminal: the run so far, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.impact import links

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.scene import Scene


def report(scene: Scene) -> str:
    """Identity, what is broken, milestones with their errors, impact."""
    view, clock, hello = scene.view, scene.clock, scene.hello
    lines = [
        f"{hello.title}",
        f"scenario {hello.scenario}, seed {hello.seed}, digest {view.digest}",
        f"at {clock.hms(view.t_ns)} PDT ({clock.t_plus(view.t_ns)}), {view.events} events",
        "",
        "broken now:",
    ]
    broken = links(scene)
    lines += [f"  {text}" for _, text in broken] or ["  nothing"]
    lines += ["", f"{'milestone':34} {'here':>6} {'really':>7}  error"]
    for milestone in view.milestones:
        real = clock.hm(clock.of_minutes(milestone.reference_min))
        name = wording.milestone_name(milestone.id)
        if milestone.t_min is None:
            lines.append(f"{name:34} {'not yet':>6} {real:>6}")
            continue
        here = clock.hm(clock.of_minutes(milestone.t_min))
        error = wording.early_or_late(milestone.t_min - milestone.reference_min)
        lines.append(f"{name:34} {here:>7} {real:>6}  {error}")
    impact = view.impact
    lines += [
        "",
        f"customer minutes lost {wording.count(impact.customer_minutes)},"
        f" calls failed {wording.count(impact.failed)}, refused {wording.count(impact.refused)}",
    ]
    if hello.recording:
        lines.append(f"recording {hello.recording}")
    return "\n".join(lines)
