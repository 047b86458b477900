"""What can be broken from outside: the catalogue of faults, and how one is written and read.

A fault is written `KIND:TARGET[,ARG=VALUE...]@WHEN[+DURATION]`. What a target is depends on the
kind: actors by name, with `*` for any part of it (`enactor-*`); links between actors, one way
(`enactor-1>route53`) or both (`enactor-*<>route53`); or an Availability Zone (`az3`). Without a
duration a fault lasts until somebody ends it, or to the end of the run.

No fault edits an outcome. Actors are slowed, ended or stopped, links lose or keep messages
(`outage_engine.faults`), and a component that is degraded is told so and works on with what it has
left. All defaults are *assumed*: they are sizes at which something happens, not what was measured.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import attrs

from outage_agents.actions import Argument
from outage_agents.scenario_source import InputError, nearest

ACTORS, LINKS, ZONE = "actors", "links", "zone"
ZONES = tuple(f"az{zone}" for zone in range(1, 7))
OFFSTAGE = ("dns-staging",)
"""Stands for the unknown cause of a delay, not for anything that could fail."""
PEOPLE = ("operators",)
"""Nobody breaks the operators; but what they say may be lost."""


class FaultError(InputError):
    """A fault is not in the catalogue, strikes nobody, or is not written as it should be."""


@attrs.frozen
class FaultKind:
    """One way in which something can be wrong."""

    id: str
    title: str
    strikes: str
    """What a target is: `actors`, `links` or `zone`."""
    effect: str
    """What it does, in words."""
    example: str
    """How one is written."""
    arguments: tuple[Argument, ...] = ()
    among: str = "*"
    """Pattern of the actors that can be struck this way."""
    lasts: bool = True
    """Whether it has a duration; else it is over at once."""

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, or None."""
        return next((known for known in self.arguments if known.name == name), None)


def _share(name: str, default: float, text: str) -> Argument:
    return Argument(name, default, "share", text, 0.0, 1.0)


CATALOGUE: tuple[FaultKind, ...] = (
    FaultKind(
        "slow",
        "Slow an actor",
        ACTORS,
        "everything it sleeps or serves takes so many times longer; its time-outs do not",
        "slow:enactor-1,factor=5@23:30+20m",
        (Argument("factor", 4.0, "factor", "times longer", 1.0, 1000.0),),
    ),
    FaultKind(
        "crash",
        "Crash an actor",
        ACTORS,
        "it ends where it is; what it was sent is lost. At the end it starts again, with what a"
        " process keeps on disk and an empty inbox",
        "crash:planner@23:50+10m",
    ),
    FaultKind(
        "restart",
        "Restart an actor",
        ACTORS,
        "it ends where it is and starts again at the same instant",
        "restart:dwfm-az3-*@04:00",
        lasts=False,
    ),
    FaultKind(
        "pause",
        "Pause an actor",
        ACTORS,
        "a stopped process: nothing reaches it and it does nothing; what came meanwhile is"
        " delivered at the end, in order",
        "pause:route53@00:10+5m",
    ),
    FaultKind(
        "latency",
        "Delay messages",
        LINKS,
        "every message of the link travels so much longer",
        "latency:enactor-*>route53,ms=1500@23:40+1h",
        (Argument("ms", 500.0, "ms", "added to what a message takes", 0.0, 600_000.0),),
    ),
    FaultKind(
        "loss",
        "Lose messages",
        LINKS,
        "each message of the link is lost with this probability",
        "loss:resolver-*<>route53,share=0.3@00:00+30m",
        (_share("share", 0.3, "probability that a message is lost"),),
    ),
    FaultKind(
        "partition",
        "Cut a link",
        LINKS,
        "every message of the link is lost: `>` one way only, `<>` both ways",
        "partition:dwfm-az1-*<>dynamodb@01:00+30m",
    ),
    FaultKind(
        "hold",
        "Hold messages back",
        LINKS,
        "every message of the link is kept, and travels when the fault ends, in order",
        "hold:planner>enactor-2@23:30+15m",
    ),
    FaultKind(
        "lose-zone",
        "Lose an Availability Zone",
        ZONE,
        "power is out in the zone: its DWFM shards, health-check nodes and DNS Enactor end, its"
        " NLB nodes answer nobody, its leases run out. Those who listened for it find out by its"
        " silence; with automatic failover on, its NLB nodes then leave DNS",
        "lose-zone:az4@03:00+1h",
    ),
    FaultKind(
        "lose-nodes",
        "Lose NLB nodes of a zone",
        ACTORS,
        "this share of the zone's NLB nodes answers nobody; health checks find out",
        "lose-nodes:nlb-az2,share=0.5@03:00+1h",
        (_share("share", 1.0, "share of the zone's nodes"),),
        among="nlb-az*",
    ),
    FaultKind(
        "degrade-resolver",
        "Degrade a population of resolvers",
        ACTORS,
        "this share of its resolvers answers nothing",
        "degrade-resolver:resolver-internal,share=0.5@00:30+30m",
        (_share("share", 0.5, "share of the resolvers"),),
        among="resolver-*",
    ),
    FaultKind(
        "degrade-dynamodb",
        "Degrade DynamoDB",
        ACTORS,
        "this share of the requests that reach it fails, whatever DNS says",
        "degrade-dynamodb:dynamodb,errors=0.8@01:00+30m",
        (_share("errors", 0.5, "share of requests that fail"),),
        among="dynamodb",
    ),
    FaultKind(
        "degrade-network-manager",
        "Degrade the Network Manager",
        ACTORS,
        "it propagates with this share of its capacity",
        "degrade-network-manager:network-manager,capacity=0.4@06:00+1h",
        (Argument("capacity", 0.5, "share", "share of its capacity that is left", 0.01, 1.0),),
        among="network-manager",
    ),
)

_BY_ID = {kind.id: kind for kind in CATALOGUE}


def find_fault(kind_id: str) -> FaultKind:
    """The catalogue's entry. Raises `FaultError` that names the nearest kind."""
    found = _BY_ID.get(kind_id)
    if found is None:
        near = nearest(kind_id, _BY_ID)
        hint = f"did you mean {near}" if near else f"known: {', '.join(_BY_ID)}"
        raise FaultError([f"fault {kind_id!r}: unknown; {hint}"])
    return found


def read_args(
    kind: FaultKind, values: Mapping[str, object], problems: list[str]
) -> tuple[tuple[str, float | str], ...]:
    """Every argument of a kind, defaults filled in; problems are added to the list given."""
    known = [argument.name for argument in kind.arguments]
    for name in values:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near}" if near else f"; known: {', '.join(known) or 'none'}"
            problems.append(f"argument {name!r} of {kind.id}: unknown{hint}")
    args: list[tuple[str, float | str]] = []
    for argument in kind.arguments:
        try:
            args.append((argument.name, argument.read(values.get(argument.name, argument.default))))
        except ValueError as wrong:
            problems.append(f"{argument.name}: {wrong}")
    return tuple(args)


def components(cast: Iterable[str]) -> tuple[str, ...]:
    """Those of a cast that faults may strike: neither people nor what is off stage."""
    return tuple(name for name in cast if name.partition("/")[0] not in (*OFFSTAGE, *PEOPLE))


def struck_actors(kind: FaultKind, target: str, cast: Sequence[str]) -> tuple[str, ...]:
    """The actors a target means, in the order of the cast. Raises `FaultError` if it is nobody."""
    able = [name for name in components(cast) if fnmatchcase(name, kind.among)]
    struck = tuple(name for name in able if fnmatchcase(name, target))
    if not struck:
        raise FaultError([_nobody(target, able)])
    return struck


def struck_links(target: str, cast: Sequence[str]) -> tuple[str, str, bool]:
    """Both ends of a link as patterns, and whether it goes both ways. Raises `FaultError`."""
    found = re.fullmatch(r"([^<>]+?)\s*(<>|>)\s*([^<>]+)", target)
    if found is None:
        raise FaultError([f"target {target!r} is no link; write A>B (one way) or A<>B (both)"])
    ends = found[1], found[3]
    able = [name for name in cast if name not in OFFSTAGE]
    problems = [_nobody(end, able) for end in ends if not _matches_any(end, able)]
    if problems:
        raise FaultError(problems)
    return ends[0], ends[1], found[2] == "<>"


def zone_number(target: str) -> int:
    """Number of the zone a target names. Raises `FaultError`."""
    if target not in ZONES:
        near = nearest(target, ZONES)
        hint = f"did you mean {near}" if near else f"known: {', '.join(ZONES)}"
        raise FaultError([f"target {target!r} is no zone; {hint}"])
    return ZONES.index(target) + 1


def check_target(kind: FaultKind, target: str, cast: Sequence[str]) -> None:
    """Raises `FaultError` unless the target is somebody, or something, of this cast."""
    if kind.strikes == LINKS:
        struck_links(target, cast)
    elif kind.strikes == ZONE:
        zone_number(target)
    else:
        struck_actors(kind, target, cast)


def _matches_any(pattern: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


def _nobody(pattern: str, able: Sequence[str]) -> str:
    near = nearest(pattern, able)
    groups = dict.fromkeys(re.sub(r"(az)?\d.*$", "*", name) for name in able)
    hint = f"did you mean {near}" if near else f"there are {', '.join(groups)}"
    return f"target {pattern!r} matches nobody of the cast; {hint}"
