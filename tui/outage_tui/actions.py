"""`outage-tui actions`: what operators can do, what it takes and brings, what can go wrong."""

from typing import TYPE_CHECKING

from outage_agents.actions import CATALOGUE
from outage_tui.mishap import DONE
from outage_tui.output import write_json

if TYPE_CHECKING:
    from outage_agents.actions import Action, Argument


def show_actions(*, as_json: bool) -> int:
    """Print the catalogue of actions."""
    if as_json:
        document = [_document(action) for action in CATALOGUE]
        write_json(document)
        return DONE
    print("\n\n".join(_paragraph(action) for action in CATALOGUE))
    return DONE


def _paragraph(action: "Action") -> str:
    lines = [
        action.id,
        f"  {action.title}.",
        f"  needs:  {action.precondition}",
        f"  effect: {action.effect}",
        f"  risk:   {action.risk}",
        f"  may go wrong: {action.failure}",
        f"  takes:  {_minutes(action.duration_min_s)} to {_minutes(action.duration_max_s)} min",
    ]
    lines += [f"  {_argument_line(argument)}" for argument in action.arguments]
    lines += [f"  meets {other.action}: {other.how}" for other in action.interferes_with]
    return "\n".join(lines)


def _argument_line(argument: "Argument") -> str:
    default = argument.default
    value = default if isinstance(default, str) else f"{default:g}"
    limits = ""
    if argument.minimum is not None and argument.maximum is not None:
        limits = f" ({argument.minimum:g} to {argument.maximum:g})"
    return f"{argument.name}={value}  {argument.text}{limits}"


def _minutes(duration_s: float) -> str:
    return f"{duration_s / 60:g}"


def _document(action: "Action") -> dict[str, object]:
    """One action as other programs read it."""
    return {
        "id": action.id,
        "title": action.title,
        "targets": action.targets,
        "precondition": action.precondition,
        "effect": action.effect,
        "risk": action.risk,
        "failure": action.failure,
        "duration_min_s": action.duration_min_s,
        "duration_max_s": action.duration_max_s,
        "arguments": [
            {
                "name": argument.name,
                "default": argument.default,
                "unit": argument.unit,
                "text": argument.text,
                "minimum": argument.minimum,
                "maximum": argument.maximum,
            }
            for argument in action.arguments
        ],
        "interferes_with": [
            {"id": other.action, "how": other.how} for other in action.interferes_with
        ],
    }
