"""Messages that cross the border between two components of the Region.

A message that stays inside one component lives in that component's file. Fields are plain values,
because every delivery is encoded into the rolling digest.
"""

import attrs


@attrs.define
class Lookup:
    """A resolver is asked for the addresses of a name."""

    name: str


@attrs.define
class Answer:
    """What a resolver population says of a name."""

    addresses: tuple[str, ...]
    """Addresses one resolver of the population would give; empty: NOERROR without an answer."""
    answered_share: float
    """Share (0..1) of the population's resolvers that give an address now."""


@attrs.define
class DynamodbConnect:
    """A client opens new connections to DynamoDB."""

    count: int


@attrs.define
class DynamodbConnected:
    """DynamoDB accepted the connections."""

    count: int


@attrs.define
class NetworkState:
    """The Network Manager's state, as those who depend on propagation see it."""

    wait_s: float
    """Waiting time of a new item of network state, seconds."""
    resumed: bool
    """Launches have resumed after having been down."""
    normal: bool
    """Propagation is normal (again)."""


@attrs.define
class LaunchHealth:
    """How EC2 launches fared in the last interval."""

    success_share: float
    """Share of asked launches that started with connectivity."""
    refused_share: float
    """Share refused, for lack of capacity or by a limit."""
    throttled: bool
    """A limit on launches is in force."""
    connected_share: float
    """Share of launched instances whose network state has been propagated."""
    no_capacity_share: float = 0.0
    """Share that found no droplet with a lease; part of those refused."""


@attrs.define
class AskForHosts:
    """A component asks the EC2 API for hosts of its own."""


@attrs.define
class HostsGranted:
    """How the EC2 API takes such a request now."""

    share: float
    """Share (0..1) of the hosts asked for that are launched at once."""
    network_after_s: float
    """Time until they have connectivity, seconds."""
    refusal: str = ""
    """Why none can be launched; empty when some can."""


@attrs.define
class Degraded:
    """A fault tells a component how much of it is out of order by now."""

    share: float
    """0..1 of what it can do; 0: all is well again."""


@attrs.define
class NodesLost:
    """So much of a zone's NLB nodes does not answer, whatever its health checks believe."""

    share: float
    """0..1; 0: all answer again."""


@attrs.define
class ZoneCapacity:
    """What one zone's NLB nodes can carry."""

    zone: int
    in_service: bool
    """False while the zone's records are out of DNS (AZ failover)."""
    healthy_share: float
    """Share of the zone's nodes that are in DNS, 0..1."""
    lost_share: float = 0.0
    """Share of the zone's nodes that are in DNS and do not answer, 0..1."""


@attrs.define
class ServiceHealth:
    """A service's error rate, told to the services that depend on it."""

    name: str
    error_rate: float


@attrs.frozen
class ActionOrder:
    """Operators act on a component."""

    id: str
    args: tuple[tuple[str, float | str], ...] = ()


@attrs.frozen
class ActionResult:
    """What came of an action."""

    result: str
    """`done`, `not needed`, or `refused: why`."""
    detail: str = ""
