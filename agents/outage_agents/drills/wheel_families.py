"""Families of the wheel: what can be the matter, each as a mechanism and what a good team does.

A family says what breaks (faults, changes and parameters of an ordinary run), what pages truly,
which wrong idea lies near, what is asked of players and which order of actions is good. Nothing in
it reaches a player before the end. Moments are minutes after 23:00; all numbers are *assumed*.
"""

from collections.abc import Callable
from random import Random
from typing import Final

import attrs

NO_RACE: Final = (("dns.staged", "false"),)
FEW: Final = (("dns.endpoints", "10"), ("dns.resolvers", "100"))
"""The names of other services play no part in a drill; without them a run costs a quarter."""


@attrs.frozen
class Trouble:
    """What is the matter in one drawn variant."""

    settings: tuple[tuple[str, str], ...] = ()
    faults: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    later_fault: str = ""
    """Comes with an inject, so long after the beginning as the variant says."""


@attrs.frozen
class Family:
    """One kind of trouble."""

    id: str
    level: int
    """The lowest level it is drawn at."""
    trouble: Callable[[Random, int], Trouble]
    """Drawn for a trigger at a minute."""
    alerts: tuple[str, ...]
    """Sensors whose alerts are true here, the most telling first."""
    right: str
    """What is the matter, as somebody on the call would say it."""
    wrong: tuple[str, ...]
    actions: tuple[str, ...]
    """What a good team does, in this order; empty: nothing in the Region."""
    outcome: str
    """Condition by which the outcome's objective is met."""
    harm: tuple[str, ...]
    """Actions that make it worse or cost a safety."""
    stable: str
    """Condition under which it is over."""
    debrief: str
    hint: str
    lead: tuple[int, int] = (3, 8)
    """Players come so many minutes before the trigger; negative: after it."""
    measure: tuple[str, str, str] | None = None
    """What it is about beside customer-minutes: metric, title, unit."""


def at(minute: int) -> str:
    """Clock of a minute after 23:00."""
    hour, rest = divmod(minute, 60)
    return f"{(23 + hour) % 24:02d}:{rest:02d}"


def _race(draw: Random, minute: int) -> Trouble:
    keep = draw.randint(6, 14)
    settings = (
        ("dns.keep_generations", str(keep)),
        ("dns.staged_delay_s", str(keep * 60 + draw.randint(90, 120))),
        ("epoch_s", str(60 * minute)),
    )
    return Trouble(settings)


def _zone(draw: Random, minute: int) -> Trouble:
    off = max(2, minute - draw.randint(8, 15))
    zone = draw.randint(1, 3)
    changes = (f"nlb.failover_enabled=false@{at(off)}",)
    return Trouble(NO_RACE, (f"lose-zone:az{zone}@{at(minute)}",), changes)


def _backlog(draw: Random, minute: int) -> Trouble:
    capacity, lasts = draw.randint(25, 38) / 100, draw.randint(60, 80)
    fault = f"degrade-network-manager:network-manager,capacity={capacity}@{at(minute)}+{lasts}m"
    return Trouble(NO_RACE, (fault,))


def _flapping(draw: Random, minute: int) -> Trouble:
    share, lasts = draw.randint(26, 29) / 100, draw.randint(70, 90)
    spared = draw.randint(1, 4)
    faults = tuple(
        f"lose-nodes:nlb-az{zone},share={share}@{at(minute)}+{lasts}m"
        for zone in range(1, 6)
        if zone != spared
    )
    return Trouble(NO_RACE, faults)


def _resolver(draw: Random, minute: int) -> Trouble:
    share, lasts = draw.randint(45, 80) / 100, draw.randint(30, 45)
    fault = f"degrade-resolver:resolver-customers,share={share}@{at(minute)}+{lasts}m"
    return Trouble(NO_RACE, (fault,))


def _look_alike(draw: Random, minute: int) -> Trouble:
    errors, lasts = draw.randint(80, 100) / 100, draw.randint(30, 45)
    fault = f"degrade-dynamodb:dynamodb,errors={errors}@{at(minute)}+{lasts}m"
    return Trouble(NO_RACE, (fault,))


def _second(draw: Random, minute: int) -> Trouble:
    first = _backlog(draw, minute)
    off = max(2, minute - draw.randint(8, 15))
    changes = (f"nlb.failover_enabled=false@{at(off)}",)
    return Trouble(NO_RACE, first.faults, changes, f"lose-zone:az{draw.randint(1, 3)}")


def _nothing(draw: Random, minute: int) -> Trouble:
    return Trouble(NO_RACE)


_DNS_WORK: Final = ("dns.stop_automation", "dns.restore_from_rollback", "dns.flush_caches")
_QUIET: Final = "said:all_clear and impact.services_down_share < 0.01 for 10m"

FAMILIES: Final = (
    Family(
        "race",
        0,
        _race,
        ("table", "errors", "launches"),
        "the record of DynamoDB is empty",
        ("a deploy did it", "the network of one zone drops packets", "a disk filled up"),
        ("dns.stop_automation", "dns.restore_from_rollback"),
        "action:dns.restore_from_rollback done",
        ("app.rollback_deploy",),
        f"action:dns.restore_from_rollback done and {_QUIET}",
        "Two writers, one of them late: it applied an old plan, and clean-up deleted that plan from"
        " under the record. The repair is an old tree, and nobody may overwrite it meanwhile.",
        "ask for DynamoDB's name yourself, and look at what comes back",
    ),
    Family(
        "backlog",
        0,
        _backlog,
        ("network",),
        "network state of new instances is late",
        ("DynamoDB again", "a deploy did it", "somebody pulled a cable"),
        ("nm.reduce_load",),
        "action:nm.reduce_load done",
        _DNS_WORK,
        f"action:nm.reduce_load done and nm.wait_s < 30 and {_QUIET}",
        "Instances started and had no network: more came in than went out. Taking less in was the"
        " remedy; everything else looked at what the lateness broke.",
        "instances start: what do they wait for before anybody can reach them?",
        (-6, -2),
        ("nm.wait_s", "waiting of new instances for their network", "s * min"),
    ),
    Family(
        "zone",
        1,
        _zone,
        ("front", "errors"),
        "a zone is lost, and automatic failover is off",
        ("DynamoDB again", "a deploy did it", "it is the network of a customer"),
        ("nlb.enable_failover",),
        "action:nlb.enable_failover done",
        _DNS_WORK,
        "action:nlb.enable_failover done and nlb.error_rate < 0.01 for 10m",
        "A safety was off, for a purpose that had ended. The zone alone would have been a page and"
        " no incident.",
        "a zone that fails should leave by itself: why has it not?",
    ),
    Family(
        "flapping",
        2,
        _flapping,
        ("front", "zones", "errors"),
        "failover takes out zones of which most still works",
        ("four zones are lost", "DynamoDB again", "a deploy did it"),
        ("nlb.disable_failover",),
        "action:nlb.disable_failover done",
        _DNS_WORK,
        f"action:nlb.disable_failover done and nlb.error_rate < 0.05 for 10m and {_QUIET}",
        "A quarter of the nodes was gone in each of four zones, and the safety took all four out:"
        " what was left could not carry everybody. Afterwards it has to be switched on again.",
        "how much of a zone that is taken out was really lost?",
    ),
    Family(
        "resolver",
        2,
        _resolver,
        ("errors", "lookups"),
        "resolvers that customers use do not answer",
        ("the record of DynamoDB is empty", "a deploy did it", "a zone is lost"),
        (),
        "said:post",
        (*_DNS_WORK, "dns.restart_enactors"),
        f"dns.customers_empty_share < 0.01 for 10m and after 50m and {_QUIET}",
        "Those who asked got no answer; the answer itself was good. There was nothing in the Region"
        " to repair, and much to tell.",
        "is the answer wrong, or is there nobody to give it?",
    ),
    Family(
        "look-alike",
        3,
        _look_alike,
        ("table", "errors", "launches"),
        "DynamoDB itself fails, its name answers",
        ("the record is empty, like in October", "a deploy did it", "a zone is lost"),
        (),
        "said:post",
        _DNS_WORK,
        f"dynamodb.error_rate < 0.01 for 10m and after 50m and {_QUIET}",
        "The symptoms were those of an empty record; the record was good. What helped then would"
        " have changed a good record.",
        "the name first: does it answer?",
    ),
    Family(
        "second",
        4,
        _second,
        ("network", "front", "errors"),
        "there are two incidents, and the second is a lost zone",
        ("it is all one thing", "DynamoDB again", "a deploy did it"),
        ("nm.reduce_load", "nlb.enable_failover"),
        "action:nm.reduce_load done and action:nlb.enable_failover done",
        _DNS_WORK,
        "action:nm.reduce_load done and action:nlb.enable_failover done"
        " and nlb.error_rate < 0.01 for 10m",
        "Two incidents look like one that grows. What told them apart was where and when each"
        " began, and a safety that was off.",
        "since when, and where? Ask it of each symptom on its own",
        (-6, -2),
    ),
    Family(
        "nothing",
        3,
        _nothing,
        (),
        "nothing is wrong",
        ("DynamoDB again", "the fleet is about to collapse", "a zone is about to fail"),
        (),
        "said:all_clear",
        (*_DNS_WORK, "dns.restart_enactors", "dwfm.restart_hosts", "dwfm.throttle"),
        _QUIET,
        "Nothing was wrong. The hardest order is the one not given.",
        "what would you see if nothing were wrong?",
    ),
)
