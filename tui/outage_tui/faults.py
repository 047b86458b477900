"""`outage-tui faults`: what can be broken from outside, and how it is written."""

from typing import TYPE_CHECKING

from outage_agents.fault_catalogue import CATALOGUE
from outage_tui.mishap import DONE
from outage_tui.output import write_json

if TYPE_CHECKING:
    from outage_agents.actions import Argument
    from outage_agents.fault_catalogue import FaultKind

_TARGETS = {
    "actors": "actors by name, * for any part of it",
    "links": "A>B one way, A<>B both ways; A and B are actors, * for any part",
    "zone": "az1 to az6",
}


def show_faults(*, as_json: bool) -> int:
    """Print the catalogue of faults."""
    if as_json:
        write_json([_document(kind) for kind in CATALOGUE])
        return DONE
    print("\n\n".join(_paragraph(kind) for kind in CATALOGUE))
    return DONE


def target_of(kind: "FaultKind") -> str:
    """What a kind strikes, in words."""
    return _TARGETS[kind.strikes] if kind.among == "*" else f"actors among {kind.among}"


def _paragraph(kind: "FaultKind") -> str:
    lines = [
        kind.id,
        f"  {kind.title}.",
        f"  strikes: {target_of(kind)}",
        f"  effect:  {kind.effect}",
        f"  lasts:   {'until it is ended, or for +DURATION' if kind.lasts else 'no time'}",
        f"  such as: --fault '{kind.example}'",
    ]
    lines += [f"  {_argument_line(argument)}" for argument in kind.arguments]
    return "\n".join(lines)


def _argument_line(argument: "Argument") -> str:
    limits = f"{argument.minimum:g} to {argument.maximum:g}"
    unit = f" {argument.unit}" if argument.unit else ""
    return f"{argument.name}={argument.default:g}  {argument.text} ({limits}{unit})"


def _document(kind: "FaultKind") -> dict[str, object]:
    """One kind as other programs read it."""
    return {
        "id": kind.id,
        "title": kind.title,
        "strikes": kind.strikes,
        "among": kind.among,
        "effect": kind.effect,
        "lasts": kind.lasts,
        "example": kind.example,
        "arguments": [
            {
                "name": argument.name,
                "default": argument.default,
                "unit": argument.unit,
                "text": argument.text,
                "minimum": argument.minimum,
                "maximum": argument.maximum,
            }
            for argument in kind.arguments
        ],
    }
