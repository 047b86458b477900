"""The catalogue of what operators can do.

Each action says before anybody chooses it what it goes to, what it needs, what it does to the
mechanism, what is known to be risky, what can go wrong while it is done, and which other actions it
meets. None of that is a promise of an outcome: the component decides from its own state.

Which actions were carried out on 20 October 2025 is public for most of them (post-event summary;
Pragmatic Engineer, 2025-12-17). That several mitigations of DWFM came to nothing before 04:14 is
public as well, not which: here every remedy that the mechanism knows can be tried. Durations are
*assumed*, and so are all sizes, unless the calibration gives them.

Decoys cost time and change nothing that matters: paging another team, splitting the call, following
the packet loss of another zone, rolling back the last deploy, restarting the Enactors. Adding
capacity is circular: new hosts are instances, and launches are what fails.
"""

import re

import attrs


@attrs.frozen
class Argument:
    """One argument of an action."""

    name: str
    default: float | str
    unit: str
    text: str
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    """Whole numbers only."""
    pattern: str = ""
    """For words: what they must look like."""

    def read(self, value: object) -> float | str:
        """The value in its type. Raises ValueError that says what is wrong."""
        if isinstance(self.default, str):
            word = str(value)
            if not re.fullmatch(self.pattern, word):
                raise ValueError(f"{word!r} does not fit; {self.text}")
            return word
        return self._read_number(value)

    def _read_number(self, value: object) -> float:
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                raise ValueError(f"{value!r} is not a number") from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{value!r} is not a number")
        if self.whole and value != value // 1:
            raise ValueError(f"{value} is not a whole number")
        low, high = self.minimum, self.maximum
        if not (low is None or value >= low) or not (high is None or value <= high):
            raise ValueError(f"{value} is outside {low:g}..{high:g}")
        return float(value)


@attrs.frozen
class Interference:
    """What an action does to another one, or the other to it."""

    action: str
    """Id of the other action; its own id: given twice."""
    how: str


@attrs.frozen
class Action:
    """One thing operators can do."""

    id: str
    title: str
    targets: tuple[str, ...]
    """Addresses it goes to, as patterns; empty: it touches no component of the Region."""
    precondition: str
    """What the component looks at in its own state; not so: `refused` or `not needed`."""
    effect: str
    risk: str
    """What it costs though it works."""
    failure: str
    """What can go wrong while it is done, or how it can come to nothing."""
    duration_min_s: float
    """Shortest time from decision to effect, seconds. Assumed."""
    duration_max_s: float
    arguments: tuple[Argument, ...] = ()
    interferes_with: tuple[Interference, ...] = ()

    @property
    def duration_typical_s(self) -> float:
        """Middle of the range; used where a script starts an action without a duration."""
        return (self.duration_min_s + self.duration_max_s) / 2

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, or None."""
        for known in self.arguments:
            if known.name == name:
                return known
        return None


_ENACTORS = ("enactor-*",)
_SHARDS = ("dwfm-az*",)
_NLB = ("nlb-az*",)
_ZONES = r"all|[1-6](\+[1-6])*"
_ZONES_TEXT = "all, or zone numbers joined by +, such as 1+3"


def _force(text: str) -> Argument:
    return Argument("force", "no", "", f"yes or no; yes: {text}", pattern="yes|no")


def _factor(text: str) -> Argument:
    return Argument("factor", 1.5, "factor", text, 1.0, 10.0)


_CALL = (
    Action(
        id="call.page_team",
        title="Page another team",
        targets=(),
        precondition="none",
        effect="nothing in the Region changes; more people read the same graphs",
        risk="a decoy: they have to be told first what is known",
        failure="the team paged owns nothing that is broken",
        duration_min_s=300,
        duration_max_s=1200,
    ),
    Action(
        id="call.split",
        title="Split the call: one line for what is broken, one for what it breaks",
        targets=(),
        precondition="none",
        effect="nothing in the Region changes",
        risk="costs time; what one call finds has to be told on the other",
        failure="both calls work at the same thing, or none at one of them",
        duration_min_s=300,
        duration_max_s=900,
    ),
    Action(
        id="triage.packet_loss",
        title="Follow the packet loss of one zone's border network",
        targets=("customers",),
        precondition="packets are being lost; otherwise not needed",
        effect="tells which zone loses how much, and that DynamoDB's name fails in all of them",
        risk="a decoy: that night it misled the triage for about half an hour",
        failure="the loss ends by itself before anybody has understood it",
        duration_min_s=900,
        duration_max_s=2400,
    ),
    Action(
        id="app.rollback_deploy",
        title="Roll back the last deploy",
        targets=(),
        precondition="none",
        effect="nothing: no deploy caused this",
        risk="a decoy: costs time",
        failure="it succeeds, and nothing gets better",
        duration_min_s=600,
        duration_max_s=2400,
    ),
)

_DNS = (
    Action(
        id="dns.inspect",
        title="Ask for the regional name and look at the answer",
        targets=("route53",),
        precondition="none; not needed while every endpoint points to records that exist",
        effect="shows that the name exists and has no address; changes nothing",
        risk="none",
        failure="it asks Route 53 itself: what resolvers still hold, it does not show",
        duration_min_s=60,
        duration_max_s=300,
    ),
    Action(
        id="dns.rpz_override",
        title="Force DynamoDB's addresses on the internal resolvers",
        targets=("resolver-internal",),
        precondition="internal resolvers hold the empty answer, and addresses are known to force",
        effect="IAM, STS, SQS and internal tooling reach DynamoDB again; the public name stays"
        " empty",
        risk="addresses age: capacity that load balancers lose from then on is asked all the same,"
        " until the override is taken out",
        failure="only new connections of the internal network are helped; DWFM, the EC2 API and"
        " Lambda do not use these resolvers",
        duration_min_s=600,
        duration_max_s=1800,
        interferes_with=(
            Interference("dns.rpz_remove", "takes it out again"),
            Interference("dns.flush_caches", "does not touch what is forced"),
        ),
    ),
    Action(
        id="dns.rpz_remove",
        title="Take the forced addresses out of the internal resolvers",
        targets=("resolver-internal",),
        precondition="addresses are forced; otherwise not needed",
        effect="internal resolvers answer from their caches and Route 53 again",
        risk="none once the record is back and the caches have followed",
        failure="too early, their caches still hold the empty answer: the internal network is down"
        " again until those expire",
        duration_min_s=300,
        duration_max_s=900,
        interferes_with=(
            Interference("dns.rpz_override", "undoes it"),
            Interference("dns.flush_caches", "before it, there is no empty answer left to fall to"),
        ),
    ),
    Action(
        id="dns.stop_automation",
        title="Stop the three DNS Enactors",
        targets=_ENACTORS,
        precondition="an Enactor is blocked or held; a healthy one is not needed to stop, unless"
        " force=yes",
        effect="nothing overwrites a repair by hand; plans are no longer applied",
        risk="health and capacity changes of load balancers reach DNS no more",
        failure="an Enactor that does not answer is not stopped: the zone may still be changed",
        duration_min_s=300,
        duration_max_s=900,
        arguments=(_force("stop healthy Enactors too"),),
        interferes_with=(
            Interference("dns.restart_enactors", "starts the stopped Enactors again"),
            Interference("dns.restore_from_rollback", "needs it first"),
        ),
    ),
    Action(
        id="dns.restore_from_rollback",
        title="Delete the broken alias and point the endpoint at the rollback tree",
        targets=("route53",),
        precondition="an endpoint points to nothing, its rollback tree exists, and no Enactor"
        " changes records any more (force=yes: whether or not)",
        effect="the regional name answers again; caches follow as their negative answers expire",
        risk="the rollback tree is an old plan: its weights may not fit today's load balancers",
        failure="beside running automation the next Enactor overwrites it, with the plan it has"
        " been stuck with; an endpoint whose rollback tree is gone too stays broken",
        duration_min_s=300,
        duration_max_s=900,
        arguments=(_force("also while an Enactor may change records, or does not answer"),),
        interferes_with=(
            Interference("dns.stop_automation", "has to come first"),
            Interference("dns.restart_enactors", "overwrites the old plan with the newest one"),
        ),
    ),
    Action(
        id="dns.restart_enactors",
        title="Restart the DNS Enactors, or start them again",
        targets=_ENACTORS,
        precondition="an Enactor is blocked, held or stopped; a healthy one is not needed to"
        " restart, unless force=yes",
        effect="each forgets its pass and begins with the newest plan; a missing target is still"
        " missing",
        risk="a decoy while the record is empty: costs time, and a restarted Enactor cleans up"
        " again after its next pass",
        failure="at an alias without a target each of them is stuck again within a minute",
        duration_min_s=120,
        duration_max_s=600,
        arguments=(_force("restart healthy Enactors too"),),
        interferes_with=(
            Interference("dns.stop_automation", "undoes it: the next repair by hand is refused"),
        ),
    ),
    Action(
        id="dns.flush_caches",
        title="Flush the resolvers' caches, and advise customers to",
        targets=("resolver-*",),
        precondition="resolvers hold the empty answer, and Route 53 answers",
        effect="our own resolvers forget it at once; of the customers', those whose owners follow"
        " the advice",
        risk="none once the record is back",
        failure="while the record is still empty, every cache flushed takes the empty answer anew"
        " and keeps it for its whole TTL: the tail gets longer",
        duration_min_s=120,
        duration_max_s=900,
        arguments=(
            Argument(
                "customers_follow",
                0.5,
                "share",
                "share of customers' resolvers whose owners follow the advice; assumed",
                0.0,
                1.0,
            ),
        ),
        interferes_with=(
            Interference("dns.restore_from_rollback", "has to come first"),
            Interference("dns.rpz_override", "forced addresses are in no cache"),
        ),
    ),
)

_DWFM = (
    Action(
        id="dwfm.throttle",
        title="Limit the lease work outstanding at each DWFM shard, and refuse launches meanwhile",
        targets=_SHARDS,
        precondition="a shard misses leases or work waits; otherwise not needed",
        effect="so many attempts at a time finish before their deadline; launches answer request"
        " limit exceeded until all droplets are leased",
        risk="too small a share wastes capacity; customers launch nothing",
        failure="alone it leaves the queue in the way: work that is too late is still done first,"
        " for many hours",
        duration_min_s=300,
        duration_max_s=1800,
        arguments=(
            Argument(
                "max_outstanding_share",
                0.006,
                "share",
                "share of a shard's droplets that may be outstanding at a time",
                0.0001,
                1.0,
            ),
        ),
        interferes_with=(
            Interference("dwfm.throttle", "the later one wins"),
            Interference("dwfm.restart_hosts", "empties the queue, which makes the throttle work"),
            Interference("dwfm.drop_stale_work", "removes most of the queue"),
            Interference("dwfm.lift_throttle", "ends it"),
        ),
    ),
    Action(
        id="dwfm.lift_throttle",
        title="Lift the limit on lease work",
        targets=_SHARDS,
        precondition="a limit is in force; otherwise not needed",
        effect="every missing lease is asked for at once; launches are no longer refused for it",
        risk="without a limit the next outage of DynamoDB collapses like the first",
        failure="with more leases missing than can be had within a deadline (about 7 % of the"
        " droplets) the collapse is back within minutes",
        duration_min_s=120,
        duration_max_s=600,
        interferes_with=(
            Interference("dwfm.throttle", "undoes it"),
            Interference("ec2.relax_throttle", "before all is leased, launches open at once"),
        ),
    ),
    Action(
        id="dwfm.restart_hosts",
        title="Restart DWFM hosts, zone by zone",
        targets=_SHARDS,
        precondition="a shard misses leases or work waits; otherwise not needed",
        effect="the queue of each restarted shard is lost, and with it the stale work",
        risk="leases that are held stay held, but checks that waited are lost too",
        failure="without a throttle the queue fills up again at once; a shard that is just"
        " recovering loses the fresh attempts, which are made again only after their deadline",
        duration_min_s=300,
        duration_max_s=1800,
        arguments=(
            Argument("zones", "all", "", _ZONES_TEXT, pattern=_ZONES),
            Argument("zone_gap_s", 338.0, "s", "time between two zones", 0.0, 86_400.0),
        ),
        interferes_with=(
            Interference("dwfm.throttle", "needed with it; a limit in force stays in force"),
            Interference("dwfm.drop_stale_work", "there is nothing left to drop"),
        ),
    ),
    Action(
        id="dwfm.drop_stale_work",
        title="Drop queued lease work whose deadline has passed",
        targets=_SHARDS,
        precondition="a shard misses leases or work waits; otherwise not needed",
        effect="capacity goes to attempts that can still succeed",
        risk="none for work that is still in time",
        failure="without a throttle new work goes stale again within minutes; with one, the work of"
        " the last two minutes, not yet stale, is still in the way for a quarter of an hour",
        duration_min_s=300,
        duration_max_s=1200,
        interferes_with=(
            Interference("dwfm.throttle", "needed with it"),
            Interference("dwfm.restart_hosts", "drops everything, not only what is stale"),
        ),
    ),
    Action(
        id="dwfm.add_hosts",
        title="Add DWFM hosts",
        targets=_SHARDS,
        precondition="a shard misses leases or work waits, and launches work: new hosts are"
        " instances",
        effect="a shard does more work in the same time, once its new hosts are there",
        risk="circular during the collapse; capacity alone would end it only at ten times the"
        " normal one or more",
        failure="hosts come as launches succeed, and each waits for its network state and starts"
        " up for ten minutes",
        duration_min_s=1200,
        duration_max_s=3600,
        arguments=(_factor("capacity of a shard relative to normal"),),
        interferes_with=(
            Interference("dwfm.throttle", "closes launches, and so refuses new hosts"),
            Interference("ec2.throttle_launches", "its limit holds for these hosts too"),
            Interference("dwfm.add_hosts", "counts hosts that are there or under way"),
        ),
    ),
)

_EC2 = (
    Action(
        id="ec2.throttle_launches",
        title="Limit the rate of instance launches",
        targets=("ec2-api",),
        precondition="launches fail or have just come back; not needed while they simply succeed",
        effect="launches above the rate answer request limit exceeded; less network state to"
        " propagate",
        risk="customers cannot scale out",
        failure="a rate above what is asked for limits nothing; those refused ask again, and are a"
        " crowd when it is lifted",
        duration_min_s=120,
        duration_max_s=600,
        arguments=(
            Argument("rate_share", 0.5, "share", "rate relative to the ordinary limit", 0.0, 1.0),
        ),
        interferes_with=(
            Interference("ec2.throttle_launches", "the later one wins, also when it is looser"),
            Interference("ec2.relax_throttle", "steps that are still to come are dropped"),
            Interference("nm.reduce_load", "limits launches as well; the lower limit counts"),
        ),
    ),
    Action(
        id="ec2.relax_throttle",
        title="Relax the launch limits in steps",
        targets=("ec2-api",),
        precondition="a limit set by operators is in force; otherwise not needed",
        effect="the rate rises in equal steps until no limit is left",
        risk="everybody who was refused asks again",
        failure="while the Network Manager is behind, more launches make its wait longer, instances"
        " without a network are replaced by others, and the backlog grows by itself",
        duration_min_s=120,
        duration_max_s=600,
        arguments=(
            Argument("steps", 8.0, "count", "steps until no limit is left", 1.0, 100.0, whole=True),
            Argument("every_min", 21.0, "min", "time between two steps", 0.0, 1440.0),
        ),
        interferes_with=(
            Interference("ec2.relax_throttle", "given again, it replaces the steps under way"),
            Interference("ec2.throttle_launches", "ends it"),
            Interference("nm.reduce_load", "while it is in force its own limit stays"),
        ),
    ),
)

_NM = (
    Action(
        id="nm.reduce_load",
        title="Reduce the load on the Network Manager",
        targets=("network-manager",),
        precondition="new items wait (more than five seconds); otherwise not needed",
        effect="launches, then owed work, are held to the share given until the wait is over; from"
        " then on owed work only fills free capacity",
        risk="launches are limited meanwhile; held-back work has to be done later",
        failure="a share of 1 or nearly so drains nothing",
        duration_min_s=600,
        duration_max_s=2400,
        arguments=(Argument("inflow", 0.6, "share", "inflow relative to capacity", 0.0, 1.0),),
        interferes_with=(
            Interference("nm.reduce_load", "the later one wins"),
            Interference("ec2.relax_throttle", "launches stay at the lower of both limits"),
        ),
    ),
    Action(
        id="nm.add_capacity",
        title="Add Network Manager hosts",
        targets=("network-manager",),
        precondition="new items wait, and launches work: new hosts are instances",
        effect="more propagation capacity, once the new hosts are there",
        risk="circular: its hosts wait for launches and then for their own network state",
        failure="while launches are limited hosts come a few at a time; each waits as long as"
        " everybody else, and starts up for ten minutes",
        duration_min_s=1200,
        duration_max_s=3600,
        arguments=(_factor("capacity relative to normal"),),
        interferes_with=(
            Interference("ec2.throttle_launches", "its limit holds for these hosts too"),
            Interference("nm.reduce_load", "shortens the wait of the new hosts as well"),
            Interference("nm.add_capacity", "counts hosts that are there or under way"),
        ),
    ),
)

_LOAD_BALANCERS = (
    Action(
        id="nlb.disable_failover",
        title="Switch off the automatic AZ failover of NLB",
        targets=_NLB,
        precondition="automatic failover is on, and nodes look unhealthy; otherwise not needed",
        effect="every zone's nodes are back in DNS at once, and stay there",
        risk="a zone that really fails stays in DNS",
        failure="left off, nodes that are really gone are asked as if they answered",
        duration_min_s=300,
        duration_max_s=1200,
        interferes_with=(
            Interference("nlb.enable_failover", "undoes it"),
            Interference("nlb.set_velocity_limit", "has nothing to limit meanwhile"),
        ),
    ),
    Action(
        id="nlb.enable_failover",
        title="Switch the automatic AZ failover of NLB on again",
        targets=_NLB,
        precondition="automatic failover is off; otherwise not needed",
        effect="failing nodes and zones are taken out of DNS again",
        risk="what looks unhealthy at that moment leaves at once",
        failure="while health checks are late, whole zones go out again",
        duration_min_s=120,
        duration_max_s=600,
        interferes_with=(
            Interference("nlb.disable_failover", "undoes it"),
            Interference("nlb.set_velocity_limit", "a limit set meanwhile holds from now on"),
        ),
    ),
    Action(
        id="nlb.set_velocity_limit",
        title="Limit how many zones health checks may take out",
        targets=_NLB,
        precondition="none",
        effect="at most so many zones are out at a time; those beyond come back at once",
        risk="when more zones really fail, they stay in",
        failure="single nodes still come and go: their connections break",
        duration_min_s=600,
        duration_max_s=1800,
        arguments=(Argument("zones", 1.0, "zones", "zones out at a time", 0.0, 6.0, whole=True),),
        interferes_with=(
            Interference("nlb.set_velocity_limit", "the later one wins"),
            Interference("nlb.disable_failover", "no zone leaves at all"),
        ),
    ),
    Action(
        id="nlb.restore_zone",
        title="Put zones back into DNS by hand",
        targets=_NLB,
        precondition="the zone is out of DNS; otherwise not needed",
        effect="the zone is back at once, and its health is judged anew",
        risk="if its nodes are really gone, they are asked as if they answered",
        failure="with automatic failover on and checks still late, it is out again in a minute or"
        " two, and connections break twice",
        duration_min_s=120,
        duration_max_s=600,
        arguments=(Argument("zones", "all", "", _ZONES_TEXT, pattern=_ZONES),),
        interferes_with=(
            Interference("nlb.disable_failover", "does the same for all zones, and for good"),
        ),
    ),
    Action(
        id="nlb.add_nodes",
        title="Add NLB nodes",
        targets=_NLB,
        precondition="launches work: new nodes are instances",
        effect="each zone carries more, once its new nodes are there",
        risk="more nodes to check: the checkers, which are late already, get later",
        failure="refused while launches fail; while they are limited, nodes come a few at a time",
        duration_min_s=1200,
        duration_max_s=3600,
        arguments=(_factor("nodes of a zone relative to normal"),),
        interferes_with=(
            Interference("ec2.throttle_launches", "its limit holds for these nodes too"),
            Interference("nlb.enable_failover", "later checks take zones out sooner"),
            Interference("nlb.add_nodes", "counts nodes that are there or under way"),
        ),
    ),
)

_SERVICES = (
    Action(
        id="lambda.restore_pollers",
        title="Bring Lambda's SQS pollers back by hand",
        targets=("service-lambda",),
        precondition="the pollers are down, and DynamoDB answers them",
        effect="event sources are polled again, the backlog drains",
        risk="late events arrive as a burst",
        failure="the pollers give up again when DynamoDB is away for a few minutes",
        duration_min_s=300,
        duration_max_s=1200,
    ),
    Action(
        id="lambda.throttle_async",
        title="Admit only a share of asynchronous and event-source invocations",
        targets=("service-lambda",),
        precondition="calls of Lambda fail; otherwise not needed",
        effect="capacity is kept for synchronous invocations",
        risk="a backlog grows that has to be drained later; what is not admitted is refused on"
        " purpose",
        failure="it takes load off Lambda's own zones only: other services gain nothing",
        duration_min_s=120,
        duration_max_s=600,
        arguments=(
            Argument("admit", 0.3, "share", "share of the inflow that is admitted", 0.0, 1.0),
        ),
        interferes_with=(
            Interference("lambda.throttle_async", "the later one wins"),
            Interference("lambda.relax_async", "ends it"),
        ),
    ),
    Action(
        id="lambda.relax_async",
        title="Admit all asynchronous invocations again",
        targets=("service-lambda",),
        precondition="invocations are throttled; otherwise not needed",
        effect="the backlog drains",
        risk="Connect and others get their events late until it is drained",
        failure="with too little capacity left, synchronous calls fail again",
        duration_min_s=120,
        duration_max_s=600,
        interferes_with=(Interference("lambda.throttle_async", "undoes it"),),
    ),
    Action(
        id="redshift.stop_replacements",
        title="Stop the growth of Redshift's host replacement backlog",
        targets=("service-redshift",),
        precondition="clusters wait for a host, and replacements are not stopped already",
        effect="no new replacement is queued until launches are good and without a limit",
        risk="clusters stay impaired until replacements resume",
        failure="clusters that wait already go on waiting",
        duration_min_s=300,
        duration_max_s=1200,
        interferes_with=(
            Interference("ec2.relax_throttle", "its last step lets replacements begin again"),
        ),
    ),
)

CATALOGUE: tuple[Action, ...] = (
    *_CALL,
    *_DNS,
    *_DWFM,
    *_EC2,
    *_NM,
    *_LOAD_BALANCERS,
    *_SERVICES,
)
