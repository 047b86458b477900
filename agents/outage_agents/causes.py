"""Why things happened: the topics of the narration, the mechanism behind each, and its source.

Every line of the narration has a topic, and may name the topics it follows from: what its teller
received in a message, or saw in its own state. So each effect can be walked back to what set it
off: an operator's action, a fault, the staged delay of one Enactor, or chance. The table here says
for each topic which mechanism its lines reproduce and where that is known from: a document and its
section, or that it is *assumed*. A topic begins with its part of the Region; `*` stands for the
name of one of several (an Enactor, a shard, a zone, a service).

The provider's post-event summary (message/101925) is the one meant by that name; re:Invent 2025,
DAT453 is a talk of its builders.

Simplified: a line follows from the *latest* line about a topic. Where a cause crept in below the
level at which anybody tells of it, the chain begins at the first line that was told.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

import attrs

from outage_engine.narration import Cause


@attrs.frozen
class Mechanism:
    """What a topic's lines reproduce."""

    topic: str
    """`*` stands for the name of one of several."""
    text: str
    """The mechanism, in a sentence or two."""
    source: str
    """Document and section, or `assumed` and what of it."""
    sets_off: str = ""
    """Not empty: such a line may stand at the start of a chain; this says what began there."""


@attrs.frozen
class MilestoneCause:
    """What makes a milestone of the reference timeline happen."""

    milestone: str
    condition: str
    """As milestones.md has it."""
    topics: tuple[str, ...]
    """Topics of the line that fulfils it."""


class Told(Protocol):
    """A line of the narration, from a run or from a recording."""

    @property
    def n(self) -> int: ...
    @property
    def t_ns(self) -> int: ...
    @property
    def component(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def because(self) -> tuple[int, ...]: ...
    @property
    def via(self) -> tuple[str, ...]: ...


@attrs.frozen
class Step:
    """One line of a causal chain, seen from the effect."""

    line: Told
    via: str = ""
    """What brought it to the teller of the step before; empty: that one's own state."""
    besides: tuple[tuple[Told, str], ...] = ()
    """Other lines that this one follows from, each with what brought it."""


def chain(lines: Mapping[int, Told], n: int) -> tuple[Step, ...]:
    """From line `n` back along the most direct cause of each, to what set it off.

    `lines` by number; a cause that it lacks ends the chain. Raises KeyError when it lacks `n`.
    """
    steps: list[Step] = []
    line, via = lines[n], ""
    while True:
        known = [
            (lines[cause], brought)
            for cause, brought in zip(line.because, line.via, strict=False)
            if cause in lines and cause < line.n
        ]
        steps.append(Step(line, via, tuple(known[1:])))
        if not known:
            return tuple(steps)
        line, via = known[0]


def message(topic: str, kind: str, sender: str) -> Cause:
    """A cause that came in a message of this type from that sender."""
    return Cause(topic, f"{kind} from {sender}")


SYMPTOMS: Mapping[str, tuple[str, ...]] = {
    "dns.": ("dns.empty", "dynamodb.unreachable"),
    "dwfm.": ("launches.no_capacity", "launches.down", "launches.failing"),
    "ec2.throttle_launches": ("nm.late", "nm.backlog", "launches.resumed"),
    "ec2.relax_throttle": ("nm.normal", "launches.limited"),
    "nm.": ("nm.late", "nm.backlog"),
    "nlb.enable_failover": ("nm.normal", "action.nlb.disable_failover"),
    "nlb.": tuple(f"nlb.az{zone}.{what}" for what in ("out", "flapping") for zone in range(1, 7)),
    "lambda.relax_async": ("nm.normal", "action.lambda.throttle_async"),
    "lambda.": ("service.lambda.down",),
    "redshift.": ("service.redshift-clusters.down",),
}
"""What people act against, by how the action's id begins: topics, the most telling first. That they
saw it before they acted is *assumed*; the published account gives actions, seldom their occasions.
"""


def occasion(action: str) -> tuple[Cause, ...]:
    """What operators have seen that such an action is against; what was never told is left out."""
    known = next((SYMPTOMS[start] for start in SYMPTOMS if action.startswith(start)), ())
    return tuple(Cause(topic, "what operators saw") for topic in known)


def ordered(action: str) -> Cause:
    """The cause of what a component does because operators told it to."""
    return message(f"action.{action}", "ActionOrder", "operators")


@lru_cache(maxsize=1024)
def mechanism(topic: str) -> Mechanism | None:
    """What lines about this topic reproduce; None when the table does not have it."""
    return next((one for one in MECHANISMS if fnmatchcase(topic, one.topic)), None)


def milestone_cause(milestone: str) -> MilestoneCause | None:
    """What makes a milestone happen; None for an operator's action, which is its own cause."""
    return next((one for one in MILESTONE_CAUSES if one.milestone == milestone), None)


def latest_about(lines: Sequence[Told], topics: Sequence[str], until_ns: int) -> Told | None:
    """The latest line up to `until_ns` whose topic fits one of these patterns."""
    for line in reversed(lines):
        if line.t_ns <= until_ns and any(fnmatchcase(line.about, topic) for topic in topics):
            return line
    return None


MECHANISMS: tuple[Mechanism, ...] = (
    # -- DNS: the race, and what it left behind
    Mechanism(
        "dns.*.held",
        "One Enactor was far slower than usual. Why was never published, so the scenario holds it"
        " just before it reads the lock of the regional endpoint.",
        "post-event summary, DynamoDB (unusually high delays); the hold is assumed",
        sets_off="the staged slow Enactor",
    ),
    Mechanism(
        "dns.*.released",
        "The hold ends when another Enactor begins the clean-up that includes the old plan: the"
        " order of events is published, the moment is staged.",
        "post-event summary, DynamoDB; the moment is assumed",
    ),
    Mechanism(
        "dns.*.plan-*.late",
        "An Enactor asks once, when it begins, whether its plan is newer than what is in place. By"
        " the time it writes, that answer is long out of date.",
        "post-event summary, DynamoDB",
        sets_off="chance: a slow pass",
    ),
    Mechanism(
        "dns.stale_overwrite",
        "The delayed Enactor puts its old plan over the newer one: nothing compares the two when"
        " it writes.",
        "post-event summary, DynamoDB",
        sets_off="chance: one Enactor overtook another",
    ),
    Mechanism(
        "dns.plan_deleted",
        "Clean-up deletes plans many generations older than the one just applied, by age, without"
        " asking whether one is in use.",
        "post-event summary, DynamoDB; re:Invent 2025, DAT453",
    ),
    Mechanism(
        "dns.others_deleted",
        "The walk that was late had put its old plan to other endpoints too.",
        "post-event summary, DynamoDB; the order of endpoints is assumed",
        sets_off="chance: a slow pass",
    ),
    Mechanism(
        "dns.empty",
        "The alias points to records that are gone: the name exists, and the answer has no address"
        " (NOERROR without data).",
        "post-event summary, DynamoDB",
    ),
    Mechanism(
        "dns.*.stuck",
        "A batch must also point the rollback alias to the plan in use. That is gone, so each batch"
        " for the endpoint fails, and automation cannot repair it.",
        "re:Invent 2025, DAT453; post-event summary, DynamoDB (no further update could be applied)",
    ),
    Mechanism(
        "dns.*.unstuck",
        "Once the alias has a target again, batches for the endpoint succeed.",
        "re:Invent 2025, DAT453",
    ),
    Mechanism(
        "dns.*.leaves",
        "Where another endpoint's plan is gone too, a walk goes on without it.",
        "assumed: no source tells of other endpoints",
    ),
    Mechanism(
        "dns.*.refused",
        "A batch is refused: its plan is older than what is in place, or deleted. One of the guards"
        " people proposed, not what ran that night.",
        "assumed: a what-if guard",
        sets_off="chance: a slow pass",
    ),
    Mechanism(
        "dns.*.stopped",
        "Operators stop the automation before they repair by hand.",
        "post-event summary, DynamoDB; Pragmatic Engineer, 2025-12-17",
    ),
    Mechanism(
        "dns.*.restarted",
        "A restarted Enactor takes the newest plan. A missing target is still missing: a decoy.",
        "assumed",
    ),
    Mechanism(
        "*.unanswered",
        "A question had no answer in time. Whoever asked cannot tell whether it, the answer or the"
        " other side was lost.",
        "assumed: time-outs of every component",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "dns.restored",
        "The regional name has addresses that it lacked, or a newer plan than the stale one.",
        "post-event summary, DynamoDB (02:25)",
    ),
    Mechanism(
        "dns.rolled_back",
        "The rollback alias still points to a whole tree: to delete the broken alias and point the"
        " endpoint there is the manual repair.",
        "re:Invent 2025, DAT453",
    ),
    # -- resolvers, DynamoDB's customers
    Mechanism(
        "resolver.*.empty",
        "A resolver keeps an empty answer for the negative TTL, the smaller of SOA minimum and SOA"
        " TTL: 900 s with Route 53's defaults.",
        "RFC 2308, section 5; that it explains 02:25 to 02:40 is inferred",
    ),
    Mechanism(
        "resolver.*.answers",
        "Resolvers that hold the empty answer have addresses again as it expires.",
        "RFC 2308, section 5; post-event summary, DynamoDB (02:25 to 02:40)",
    ),
    Mechanism(
        "resolver.*.forced",
        "A response policy zone forces addresses on the resolvers of the internal network: what"
        " uses those recovers, the public name stays empty.",
        "Pragmatic Engineer, 2025-12-17",
    ),
    Mechanism(
        "resolver.*.unforced",
        "Operators take the forced addresses out again: resolvers ask the zone as before.",
        "assumed: no source tells when it was taken out",
    ),
    Mechanism(
        "resolver.*.degraded",
        "A share of the resolvers answers nothing at all.",
        "assumed: a fault, not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "resolver.*.whole",
        "All resolvers of the population answer again.",
        "assumed: a fault, not part of that night",
    ),
    Mechanism(
        "resolver.*.flushed",
        "Emptied caches ask again at once, and get the same empty answer while it is in the zone.",
        "assumed; flushing was public advice",
    ),
    Mechanism(
        "dynamodb.unreachable",
        "Only new connections fail: DynamoDB itself was healthy, and who was connected went on.",
        "post-event summary, DynamoDB",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "dynamodb.reachable",
        "Customers connect again as their resolvers' empty answers expire.",
        "post-event summary, DynamoDB (02:25 to 02:40)",
    ),
    Mechanism(
        "dynamodb.degraded",
        "DynamoDB itself fails a share of the requests: it did not that night.",
        "assumed: a fault, not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "dynamodb.whole",
        "DynamoDB serves every request again.",
        "assumed: a fault, not part of that night",
    ),
    Mechanism(
        "global_tables.behind",
        "Replication to and from us-east-1 needs its endpoint; the other Regions go on serving.",
        "post-event summary, DynamoDB; rates are assumed",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "global_tables.caught_up",
        "Replicas replay what they owe, faster than changes come in.",
        "post-event summary, DynamoDB (02:32); rates are assumed",
    ),
    # -- EC2: leases, launches, network state
    Mechanism(
        "dwfm.*.checks_fail",
        "DWFM checks the state of each droplet every few minutes, and that needs DynamoDB.",
        "post-event summary, EC2",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "dwfm.*.leases_lost",
        "A lease that is not renewed runs out. The droplet's instances go on; it takes no launch.",
        "post-event summary, EC2; the length of a lease is assumed",
        sets_off="chance: leases break by themselves",
    ),
    Mechanism(
        "dwfm.*.answers",
        "As soon as DynamoDB answers, every missing lease is to be established at once.",
        "post-event summary, EC2 (02:25)",
    ),
    Mechanism(
        "dwfm.*.collapse",
        "An attempt takes longer than its own time-out, is queued again, and the late work is done"
        " all the same: congestive collapse, no forward progress.",
        "post-event summary, EC2; costs and deadlines are assumed",
    ),
    Mechanism(
        "dwfm.*.in_time",
        "With a short queue attempts end before their deadline, and each is a lease won.",
        "post-event summary, EC2 (04:14)",
    ),
    Mechanism(
        "dwfm.*.leased",
        "Every droplet of the shard has a lease: it takes launches.",
        "post-event summary, EC2 (05:28)",
    ),
    Mechanism(
        "dwfm.*.throttled",
        "Operators limit the work that comes in, so that what is begun ends in time.",
        "post-event summary, EC2 (04:14); the limit is assumed",
    ),
    Mechanism(
        "dwfm.*.restarted",
        "Restarting hosts empties their queues of work that is too late already.",
        "post-event summary, EC2 (04:14); zone by zone is assumed",
    ),
    Mechanism(
        "dwfm.*.dropped",
        "Work past its deadline is thrown away instead of done.",
        "assumed: what might have been",
    ),
    Mechanism(
        "dwfm.*.lifted",
        "Operators lift the limit. If too much is missing still, all of it comes in at once again.",
        "assumed: no source tells when the throttle ended",
    ),
    Mechanism(
        "dwfm.*.grown",
        "New hosts of a shard, once they have launched and have their network, add capacity.",
        "assumed: what might have been",
    ),
    Mechanism(
        "dwfm.*.started",
        "A shard that is started again has its leases on record, and an empty queue.",
        "assumed: a fault, not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "dwfm.*.silent",
        "A shard that is not heard for a while is taken for dead: nothing is launched through it.",
        "assumed: a fault, not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "dwfm.*.heard",
        "A shard is heard again, and what it said last counts.",
        "assumed: a fault, not part of that night",
    ),
    Mechanism(
        "launches.failing",
        "A launch writes its state to DynamoDB, so the first to fail do so with its name.",
        "post-event summary, EC2",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "launches.down",
        "Without DynamoDB or leases no instance changes its state; those that run go on.",
        "post-event summary, EC2; the share from which it counts is assumed",
    ),
    Mechanism(
        "launches.no_capacity",
        "A launch needs a droplet with a lease; without one the answer is insufficient capacity.",
        "post-event summary, EC2",
    ),
    Mechanism(
        "launches.limited",
        "Launches over a limit are refused (request limit exceeded), to let the rest recover.",
        "post-event summary, EC2; the limits are assumed",
    ),
    Mechanism(
        "launches.relaxed",
        "Operators relax the limit step by step.",
        "post-event summary, EC2 (11:23 to 13:50); the steps are assumed",
    ),
    Mechanism(
        "launches.resumed",
        "With every droplet leased, launches begin to succeed, many of them still throttled.",
        "post-event summary, EC2 (05:28)",
    ),
    Mechanism(
        "launches.normal",
        "No limit is on, and what is asked for is launched.",
        "post-event summary, EC2 (13:50)",
    ),
    Mechanism(
        "nm.backlog",
        "The Network Manager owes the state of new instances and of those that ended during the"
        " event.",
        "post-event summary, EC2 (05:28); rates are assumed",
    ),
    Mechanism(
        "nm.late",
        "More state comes in than can be propagated: instances run without connectivity until"
        " theirs is done.",
        "post-event summary, EC2 (06:21)",
    ),
    Mechanism(
        "nm.reduced",
        "Operators reduce the load on the Network Manager.",
        "post-event summary, EC2; its hour and size are assumed",
    ),
    Mechanism(
        "nm.normal",
        "The backlog is done, and new instances have their network at once.",
        "post-event summary, EC2 (10:36)",
    ),
    Mechanism(
        "nm.degraded",
        "The Network Manager has less capacity than it should.",
        "assumed: a fault, not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "nm.whole",
        "The Network Manager has its whole capacity again.",
        "assumed: a fault, not part of that night",
    ),
    Mechanism(
        "nm.hosts_added",
        "New hosts are instances: they need launches, and wait for their own network state.",
        "assumed: a decoy",
    ),
    Mechanism(
        "nm.hosts_ready",
        "The new hosts have their own network state and share the work.",
        "assumed: a decoy",
    ),
    # -- NLB
    Mechanism(
        "nlb.*.flapping",
        "Checks through or of hosts whose network state is not there yet fail, though node and"
        " targets are fine; then they pass: nodes leave DNS and come back.",
        "post-event summary, NLB",
        sets_off="chance: a node fails by itself",
    ),
    Mechanism(
        "nlb.*.checks_late",
        "Failed checks take their whole time-out, so the checkers fall behind; results too old"
        " count as unknown.",
        "post-event summary, NLB (degraded subsystem, delayed checks); costs are assumed",
        sets_off="a fault: checkers that are slow or cut off",
    ),
    Mechanism(
        "nlb.*.out",
        "Automatic AZ failover takes a zone out of DNS when too many of its nodes look bad.",
        "post-event summary, NLB; the share is assumed",
        sets_off="a fault: nodes or checkers that are gone",
    ),
    Mechanism(
        "nlb.*.in",
        "A zone returns when its checks are good again, or when operators switch failover off.",
        "post-event summary, NLB (09:36)",
    ),
    Mechanism(
        "nlb.*.fail_open",
        "If every zone would be out, none is.",
        "public documentation, NLB (DNS failover)",
    ),
    Mechanism(
        "nlb.*.checkers_silent",
        "A checker that is not heard of for a while: what it checked is unknown.",
        "assumed: a fault, not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "nlb.*.checkers_heard",
        "A checker is heard again, and what it said last counts.",
        "assumed: a fault, not part of that night",
    ),
    Mechanism(
        "nlb.*.grown",
        "New nodes of a zone, once they have launched and have their network, add capacity.",
        "assumed: what might have been",
    ),
    # -- services and their customers
    Mechanism(
        "service.lambda.late_events",
        "Events wait: the SQS pollers that starved do not come back alone, or operators throttle"
        " asynchronous work to save synchronous calls.",
        "post-event summary, Lambda",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "service.lambda.pollers",
        "Operators restore the SQS pollers.",
        "post-event summary, Lambda (04:40)",
    ),
    Mechanism(
        "service.lambda.relaxed",
        "There is capacity enough to admit all asynchronous work.",
        "post-event summary, Lambda (11:27)",
    ),
    Mechanism(
        "service.lambda.caught_up",
        "What waited has been worked off.",
        "post-event summary, Lambda (06:00, 14:15); rates are assumed",
    ),
    Mechanism(
        "service.redshift-clusters.stopped",
        "No more replacements of hosts are queued while none can be launched.",
        "post-event summary, Redshift (06:45)",
    ),
    Mechanism(
        "service.*.down",
        "A service fails with what it depends on: DynamoDB through the resolvers it uses, EC2"
        " launches, NLB zones, or another service.",
        "post-event summary, other services; weights and resolvers are inferred",
        sets_off="a fault: a question without an answer",
    ),
    Mechanism(
        "service.*.ok",
        "It serves again when what it depends on does, and what waited is done.",
        "post-event summary, other services; weights are assumed",
    ),
    Mechanism(
        "customers.over",
        "Every service answers, the last Redshift clusters apart.",
        "post-event summary, introduction (14:20)",
    ),
    Mechanism(
        "network.border",
        "A loss of packets at one zone's border began at the same time and misled the triage.",
        "Pragmatic Engineer, 2025-12-17; its size is assumed",
        sets_off="a coincidence: another event",
    ),
    Mechanism(
        "network.border_over",
        "The coincident loss of packets ends.",
        "Pragmatic Engineer, 2025-12-17; its length is assumed",
    ),
    # -- people, faults, laws
    Mechanism(
        "action.*.begun",
        "Operators begin an action; its effect comes later.",
        "assumed: durations of actions",
        sets_off="an operator's action",
    ),
    Mechanism(
        "action.*.result",
        "What the components said of an action.",
        "docs/mechanisms.md, operators",
    ),
    Mechanism(
        "action.*.called_off",
        "Operators call an action off.",
        "assumed",
        sets_off="an operator's action",
    ),
    Mechanism(
        "action.*",
        "Operators act: by the published script, or as whoever watches decided. What they saw"
        " before is named as the occasion.",
        "post-event summary; Pragmatic Engineer, 2025-12-17; the occasion is assumed",
        sets_off="an operator's action",
    ),
    Mechanism(
        "fault.*",
        "A fault that whoever runs this injected.",
        "assumed: not part of that night",
        sets_off="a fault",
    ),
    Mechanism(
        "change.*",
        "A parameter of the scenario changes while the run goes on.",
        "assumed: not part of that night",
        sets_off="a changed parameter",
    ),
    Mechanism(
        "law.*",
        "A law that is watched all the time does not hold.",
        "this program's checkers",
        sets_off="a law that was watched",
    ),
)
"""Every topic of the narration; of two patterns that fit, the first counts."""

MILESTONE_CAUSES: tuple[MilestoneCause, ...] = (
    MilestoneCause(
        "dns_record_empty", "the authoritative regional name has no address", ("dns.empty",)
    ),
    MilestoneCause(
        "dwfm_state_checks_fail",
        "more than 50 % of a minute's state checks fail",
        ("dwfm.*.checks_fail",),
    ),
    MilestoneCause(
        "sts_first_wave_over", "errors under 1 % for 5 min; the start of those", ("service.sts.ok",)
    ),
    MilestoneCause(
        "iam_sign_in_recovered",
        "errors under 1 % for 5 min; the start of those",
        ("service.iam.ok",),
    ),
    MilestoneCause(
        "sts_second_wave_over",
        "errors under 1 % for 5 min; the start of those",
        ("service.sts.ok",),
    ),
    MilestoneCause(
        "global_tables_caught_up",
        "lag of every replica under 10 s",
        ("global_tables.caught_up",),
    ),
    MilestoneCause(
        "dynamodb_recovered",
        "under 1 % of resolvers hold the empty answer",
        ("dynamodb.reachable",),
    ),
    MilestoneCause(
        "dwfm_all_leased",
        "broken leases fewer than max(5, 0.02 % of droplets)",
        ("launches.resumed",),
    ),
    MilestoneCause(
        "nlb_errors_begin",
        "first minute in which 3 or more healthy nodes leave DNS",
        ("nlb.*.flapping",),
    ),
    MilestoneCause("nm_latency_rises", "waiting time over 120 s", ("nm.late",)),
    MilestoneCause("nm_propagation_normal", "waiting time under 5 s for 5 min", ("nm.normal",)),
    MilestoneCause(
        "second_wave_begins",
        "Lambda or Connect errors over 1 % for 5 min through NLB; the start of those",
        ("service.lambda.down", "service.connect.down"),
    ),
    MilestoneCause(
        "lambda_sqs_backlog_done",
        "backlog under one minute of inflow",
        ("service.lambda.caught_up",),
    ),
    MilestoneCause(
        "lambda_normal",
        "backlog under one minute of inflow, and errors under 1 %",
        ("service.lambda.ok",),
    ),
    MilestoneCause(
        "ec2_normal",
        "no throttle on and over 99 % of launches succeed with connectivity",
        ("launches.normal",),
    ),
    MilestoneCause(
        "event_over", "every service normal, Redshift clusters apart", ("customers.over",)
    ),
)
"""What makes each milestone happen that is not an action (milestones.md)."""
