"""Faults as people type them: `KIND:TARGET[,ARG=VALUE...]@WHEN[+DURATION]`, and random ones.

`swarm:N` draws N faults from the catalogue, seeded, so that the same words mean the same faults. A
run keeps what was drawn, not that it was drawn: each is an ordinary fault of its scenario.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from outage_agents.fault_catalogue import (
    ACTORS,
    CATALOGUE,
    LINKS,
    ZONES,
    FaultError,
    FaultKind,
    check_target,
    components,
    find_fault,
    read_args,
    struck_actors,
)
from outage_agents.faults import Faults, ScheduledFault, merged_faults
from outage_agents.when import When, WhenError
from outage_engine.clock import HOUR, MINUTE, SECOND
from outage_engine.random_streams import RandomStreams

if TYPE_CHECKING:
    import random

    from outage_agents.when import Window

SWARM_MAX = 1000
DURATION_MAX_NS = 30 * 86_400 * SECOND
_UNIT_NS = {"h": HOUR, "min": MINUTE, "m": MINUTE, "s": SECOND}
_PART = r"\d+(?:\.\d+)?(?:h|min|m|s)"
_LASTS = re.compile(rf"(.*\S)\s*\+\s*((?:{_PART})+)")
_SWARM_MIN_NS, _SWARM_MINUTES_MAX = MINUTE, 60


def parse_fault(text: str, window: "Window", cast: Sequence[str]) -> ScheduledFault:
    """Read one fault. Raises `FaultError` with every problem."""
    head, at, moment = text.rpartition("@")
    kind_id, colon, listed = head.partition(":")
    if not at or not colon:
        raise FaultError([f"--fault {text}: not KIND:TARGET[,ARG=VALUE...]@WHEN[+DURATION]"])
    try:
        kind = find_fault(kind_id.strip())
    except FaultError as wrong:
        raise FaultError(f"--fault {text}: {problem}" for problem in wrong.problems) from None
    problems: list[str] = []
    target, _, pairs = listed.partition(",")
    values: dict[str, object] = {}
    for pair in pairs.split(",") if pairs else []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            problems.append(f"{pair!r} is not ARG=VALUE")
        elif name.strip() in values:
            problems.append(f"{name.strip()}: given twice")
        else:
            values[name.strip()] = value.strip()
    args = read_args(kind, values, problems)
    try:
        check_target(kind, target.strip(), cast)
    except FaultError as wrong:
        problems.extend(wrong.problems)
    at_ns, duration_ns = _moments(kind, moment, window, problems)
    if problems:
        raise FaultError(f"--fault {text}: {problem}" for problem in problems)
    return ScheduledFault(kind.id, target.strip(), args, at_ns, duration_ns)


def _moments(
    kind: FaultKind, text: str, window: "Window", problems: list[str]
) -> tuple[int, int | None]:
    """When it begins, and how long it lasts."""
    when, duration_ns = text.strip(), None
    lasts = _LASTS.fullmatch(when)
    if lasts is not None and lasts[1] != "T":  # T+266m is a moment
        when, duration_ns = lasts[1], _duration_ns(lasts[2])
        if not kind.lasts:
            problems.append(f"{kind.id} is over at once; it takes no duration")
        elif not 0 < duration_ns <= DURATION_MAX_NS:
            problems.append(f"duration {lasts[2]}: must be more than 0 and at most 30 days")
    try:
        at_ns = When.parse(when, window)
    except WhenError as wrong:
        problems.extend(wrong.problems)
        return 0, None
    if at_ns % SECOND:
        problems.append(f"{when}: a fault begins at a whole second")
    return at_ns, duration_ns


def _duration_ns(text: str) -> int:
    total_ns = 0
    for number, unit in re.findall(r"(\d+(?:\.\d+)?)(h|min|m|s)", text):
        total_ns += round(float(number) * _UNIT_NS[unit])
    return total_ns


def check_faults(faults: Faults, cast: Sequence[str]) -> None:
    """Raises `FaultError` for faults of a scenario that strike nobody of its cast."""
    problems: list[str] = []
    for fault in faults:
        try:
            check_fault(fault, cast)
        except FaultError as wrong:
            problems.extend(f"fault {fault.kind}:{fault.target}: {each}" for each in wrong.problems)
    if problems:
        raise FaultError(problems)


def check_fault(fault: ScheduledFault, cast: Sequence[str]) -> None:
    """Raises `FaultError` unless a fault is of the catalogue and strikes somebody of the cast."""
    kind = find_fault(fault.kind)
    problems: list[str] = []
    read_args(kind, dict(fault.args), problems)
    if fault.duration_ns is not None and not kind.lasts:
        problems.append(f"{kind.id} is over at once; it takes no duration")
    try:
        check_target(kind, fault.target, cast)
    except FaultError as wrong:
        problems.extend(wrong.problems)
    if problems:
        raise FaultError(problems)


# -- swarms ---------------------------------------------------------------------------------------


def parse_swarm(text: str, default_seed: int) -> tuple[int, int]:
    """How many faults, and the seed, of `swarm:N` or `swarm:N,SEED`. Raises `FaultError`."""
    found = re.fullmatch(r"swarm:\s*(\d{1,9})\s*(?:,\s*(?:seed=)?\s*(\d{1,18})\s*)?", text.strip())
    if found is None:
        raise FaultError([f"--fault {text}: not swarm:N or swarm:N,SEED"])
    count = int(found[1])
    if not 1 <= count <= SWARM_MAX:
        raise FaultError([f"--fault {text}: a swarm has 1 to {SWARM_MAX} faults"])
    return count, default_seed if found[2] is None else int(found[2])


def swarm(count: int, seed: int, cast: Sequence[str], until_ns: int, from_ns: int = 0) -> Faults:
    """So many random faults of this cast, the same for a seed.

    They begin at `from_ns` or later and before `until_ns`, at full minutes from `from_ns` on.
    """
    draw = RandomStreams(seed).single("faults/swarm")
    kinds = [kind for kind in CATALOGUE if _able(kind, cast)]
    first_ns = -(-from_ns // SECOND) * SECOND
    drawn = [_drawn(draw, draw.choice(kinds), cast, until_ns - first_ns) for _ in range(count)]
    late = [attrs.evolve(fault, at_ns=first_ns + fault.at_ns) for fault in drawn]
    return merged_faults(tuple(late))


def _able(kind: FaultKind, cast: Sequence[str]) -> bool:
    if kind.strikes == ACTORS:
        try:
            check_target(kind, "*", cast)
        except FaultError:
            return False
    return True


def _drawn(
    draw: "random.Random", kind: FaultKind, cast: Sequence[str], until_ns: int
) -> ScheduledFault:
    args = []
    for argument in kind.arguments:
        assert isinstance(argument.default, float)
        args.append((argument.name, round(argument.default * draw.randrange(2, 21) / 10, 3)))
    bounded = tuple((name, _within(kind, name, value)) for name, value in args)
    at_ns = draw.randrange(max(1, until_ns // MINUTE)) * MINUTE
    duration_ns = draw.randrange(1, _SWARM_MINUTES_MAX + 1) * MINUTE if kind.lasts else None
    return ScheduledFault(kind.id, _drawn_target(draw, kind, cast), bounded, at_ns, duration_ns)


def _within(kind: FaultKind, name: str, value: float) -> float:
    argument = kind.argument(name)
    assert argument is not None
    assert argument.minimum is not None
    assert argument.maximum is not None
    return min(argument.maximum, max(argument.minimum, value))


def _drawn_target(draw: "random.Random", kind: FaultKind, cast: Sequence[str]) -> str:
    if kind.strikes == LINKS:
        able = components(cast)
        return f"{draw.choice(able)}{draw.choice(('>', '<>'))}{draw.choice((*able, '*'))}"
    if kind.strikes == ACTORS:
        return draw.choice(struck_actors(kind, "*", cast))
    return draw.choice(ZONES)
