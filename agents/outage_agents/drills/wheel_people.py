"""People and names of the wheel: who can be on a call, and what things can be called."""

from typing import Final

import attrs


@attrs.frozen
class Role:
    """Somebody's place on the call, and what such a person knows."""

    id: str
    title: str
    answers: tuple[tuple[str, tuple[str, ...], str], ...]
    """Topic, other words for it, and what is said."""


NAMES: Final = (
    "Kim",
    "Lee",
    "Ada",
    "Bo",
    "Cleo",
    "Dara",
    "Emre",
    "Fenn",
    "Gita",
    "Hugo",
    "Iva",
    "Juno",
    "Kofi",
    "Luz",
    "Milo",
    "Nia",
    "Otto",
    "Pilar",
    "Rune",
    "Suri",
)
ROLES: Final = (
    Role(
        "storage",
        "on call for DynamoDB",
        (
            ("dns", ("name", "record", "resolve"), "our records are written by an automation"),
            ("deploy", ("release", "change", "rollout"), "nothing of ours was deployed today"),
            ("storage", ("table", "nodes", "disk"), "I can see requests that reach us, no others"),
        ),
    ),
    Role(
        "compute",
        "on call for EC2",
        (
            ("lease", ("droplet", "fleet"), "a droplet without a lease takes no launches"),
            ("launch", ("start", "instance"), "a launch needs a lease first and a network then"),
            ("throttle", ("limit",), "we can limit what is outstanding; launches are refused then"),
        ),
    ),
    Role(
        "balancing",
        "on call for NLB",
        (
            ("health check", ("flap", "unhealthy"), "checks take out what does not answer twice"),
            ("failover", ("zone", "safety"), "with failover a failed zone leaves DNS by itself"),
            ("capacity", ("nodes", "hosts"), "new nodes are instances, they start like any other"),
        ),
    ),
    Role(
        "network",
        "on call for the network",
        (
            ("propagation", ("network state", "late"), "new instances wait until they are known"),
            ("packet loss", ("border", "loss"), "a border of one zone drops a few, it often does"),
            ("load", ("inflow", "queue"), "we can take in less, so that what waits gets through"),
        ),
    ),
)
DIRECTOR: Final = "director on duty"
THINGS: Final[tuple[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]], ...]] = (
    (("DynamoDB",), (("Ledger",), ("Quarry",), ("Cellar",), ("Atlas",))),
    (("DWFM",), (("steward",), ("fleetkeeper",), ("lessor",))),
    (("EC2",), (("Hangar",), ("Compute",), ("Dock",))),
    (("Route 53",), (("Signpost",), ("Gazetteer",), ("Compass",))),
    (("NLB",), (("Gatehouse",), ("Weir",), ("Portal",))),
    (("Network Manager",), (("Wiring",), ("Loom",), ("Surveyor",))),
    (("Lambda",), (("Functions",), ("Sparks",), ("Errands",))),
    (
        ("droplet", "droplets"),
        (("slot", "slots"), ("berth", "berths"), ("bay", "bays")),
    ),
    (
        ("Enactor", "Enactors"),
        (("publisher", "publishers"), ("clerk", "clerks"), ("runner", "runners")),
    ),
)
"""Real names, and what else they can be called, form by form."""
