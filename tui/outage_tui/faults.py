"""`outage-tui faults`: what can be broken from outside, and how it is written.

`python -m outage_tui.faults --write` writes the page of it, `docs/faults.md`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
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
        f"  lasts:   {_lasts(kind)}",
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


_HEAD = """\
# Faults

What can be broken from outside while a run goes on. This page is made from the catalogue by
`python -m outage_tui.faults --write`; `outage-tui faults` prints the same.

```
outage-tui run --fault 'KIND:TARGET[,ARG=VALUE,...]@WHEN[+DURATION]'
outage-tui run --fault swarm:6          # six random ones, drawn with the run's seed
outage-tui run --fault swarm:6,42       # the same six whatever the run's seed
```

A target is an actor by its name or a pattern of names (`enactor-*`, `dwfm-az3-*`), a link (`A>B`
one way, `A<>B` both ways, each end a pattern), or a zone (`az1` to `az6`). A duration is written
`90s`, `20m`, `1h` or `1h30m`; without one the fault lasts until it is ended by hand, or to the end.

No fault edits an outcome. Faults on the same target compose: slownesses multiply, latencies add up,
a message must survive every loss, and who is down, paused, cut or held for two reasons stays so
until both are over. Each begins and ends at a whole second, before everything else of it, and is
kept in the recording like an operator's action, so a run with faults repeats. Faults drawn by a
swarm are said, and kept, as ordinary ones.

What follows from a fault is left to the mechanisms. Leases run out under a shard that is down, and
the EC2 API launches nothing through one that has been silent for half a minute. Results of a
health checker that is not heard for as long as a result is valid count as unknown. Resolvers that
hear nothing from Route 53 have nothing to say. Requests to DynamoDB are a flow, not single
messages: they meet what messages on the same link would. Neither operators nor the actor that
stages the race can be struck, but what operators say can be lost. All default sizes are *assumed*.
"""


def page() -> str:
    """What `docs/faults.md` must say."""
    return "\n".join([_HEAD, *(_section(kind) for kind in CATALOGUE)])


def _section(kind: "FaultKind") -> str:
    effect = kind.effect[0].upper() + kind.effect[1:]
    lines = [f"## {kind.id}", "", f"{kind.title}. {effect}.", ""]
    lines.append(f"- strikes: {target_of(kind)}".replace("*", "\\*"))
    lines.append(f"- lasts: {_lasts(kind)}")
    lines += [f"- `{argument.name}`: {_in_words(argument)}" for argument in kind.arguments]
    lines += [f"- such as `--fault '{kind.example}'`", ""]
    return "\n".join(lines)


def _in_words(argument: "Argument") -> str:
    limits = f"{argument.minimum:g} to {argument.maximum:g}"
    return f"{argument.text}; {argument.unit}, {limits}, {argument.default:g} unless given"


def _lasts(kind: "FaultKind") -> str:
    return "until it is ended, or for +DURATION" if kind.lasts else "no time"


def main(arguments: Sequence[str]) -> int:
    """`--write` writes the page; else prints it."""
    if list(arguments) == ["--write"]:
        path = Path(__file__).parents[2] / "docs" / "faults.md"
        path.write_text(page(), "utf-8")
        return 0
    sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
