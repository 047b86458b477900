"""Route 53: answers look-ups from the hosted zone, and changes it in all-or-nothing batches.

It served exactly what it was told: the batch that pointed the regional endpoint to an old plan,
and the deletion of that plan's records, were both valid (AWS post-event summary, DynamoDB). Its
rules are in `hosted_zone.py`. Simplified: a change is in force everywhere at once, and look-ups
reach it only from resolvers.
"""

from typing import TYPE_CHECKING

import attrs
import msgspec

from outage_agents.causes import message, ordered
from outage_agents.dns_plan import REGIONAL, balancer_addresses, endpoint_names
from outage_agents.dns_planner import first_plan
from outage_agents.hosted_zone import DONE, ChangeBatch, EndpointRecords, HostedZone
from outage_agents.messages import ActionOrder, ActionResult, Answer, Lookup
from outage_agents.parameters.dns import DnsParameters
from outage_engine.actor import Actor, Envelope
from outage_engine.checkers import Checker
from outage_engine.clock import SECOND

if TYPE_CHECKING:
    from outage_engine.world import World

ALL_OR_NOTHING = "dns.batch_is_all_or_nothing"
NEVER_EMPTY = "dns.endpoint_is_never_empty"
PLAN_IN_USE_KEPT = "dns.plan_in_use_is_never_deleted"
"""Laws that are watched at every change; the last two break in the incident."""
BROKEN_SHOWN = 24
ANSWERS_AT_MOST = 8
"""Route 53 gives up to eight records of a name in one answer."""


@attrs.define
class ReadRecords:
    """An Enactor reads lock, alias and rollback alias of an endpoint."""

    endpoint: str


@attrs.define
class ListPlans:
    """An Enactor asks which plans have records in the zone."""


@attrs.define
class PlansListed:
    """Generations that have records, oldest first."""

    generations: tuple[int, ...]


@attrs.define
class DeletePlan:
    """An Enactor's clean-up deletes the records of one plan."""

    generation: int
    spare_active: bool
    spare_rollback: bool


@attrs.define
class PlanDeleted:
    """The records are gone."""

    generation: int


@attrs.define
class BatchResult:
    """What became of a batch: `done`, or why not (see `hosted_zone`)."""

    result: str


@attrs.define
class AutomationStopped:
    """An Enactor tells that it changes nothing any more until it is started again."""


class Route53View(msgspec.Struct, frozen=True):
    """The regional endpoint, and the zone in numbers."""

    endpoint: str
    state: str
    """ok, stale (older than a plan that was served before), empty."""
    since_ns: int
    answers: tuple[str, ...]
    answer_count: int
    target: str
    target_generation: int
    target_exists: bool
    rollback_generation: int
    rollback_exists: bool
    lock_holder: str
    lock_epoch: int
    stale_overwrites: int
    races: int
    broken_endpoints: int
    broken_names: tuple[str, ...]
    """The first of them."""
    negative_ttl_s: float
    soa_minimum_s: float


class Route53(Actor):
    """The authoritative side of DNS."""

    def __init__(self, name: str, parameters: DnsParameters) -> None:
        super().__init__(name)
        self._zone = HostedZone(
            endpoint_names(parameters.endpoints),
            balancer_addresses(parameters.load_balancers),
            deleted_plan=parameters.deleted_plan,
            never_publish_empty=parameters.guard.never_publish_empty,
        )
        self._zone.publish(first_plan(parameters.load_balancers))
        self._negative_ttl_s = parameters.negative_ttl_s
        self._soa_minimum_s = parameters.soa_minimum_s
        self._automation: dict[str, None] = {}
        self._watched = False
        self._told_of_others: dict[int, None] = {}
        self._newest_served = self._zone.read(REGIONAL).target
        self._state = "ok"
        self._since_ns = 0

    async def main(self) -> None:
        if not self._watched:
            self._watched = True
            self._watch(self.world)
        await self.serve(self._answer)

    def snapshot(self) -> Route53View:
        """The regional endpoint now."""
        zone = self._zone
        records = zone.read(REGIONAL)
        addresses = zone.resolve(REGIONAL)
        holder, _, epoch = records.lock.partition(" ")
        # Whoever looks between a change and the line about it sees the state it has led to.
        state = self._state_now()
        return Route53View(
            endpoint=REGIONAL,
            state=state,
            since_ns=self._since_ns if state == self._state else self.world.now,
            answers=addresses[:ANSWERS_AT_MOST],
            answer_count=len(addresses),
            target=zone.target_name(REGIONAL),
            target_generation=records.target,
            target_exists=zone.tree_exists(records.target, REGIONAL),
            rollback_generation=records.rollback,
            rollback_exists=zone.tree_exists(records.rollback, REGIONAL),
            lock_holder=holder,
            lock_epoch=int(epoch or 0),
            stale_overwrites=self._stale_overwrites.total,
            races=self._races.total,
            broken_endpoints=len(zone.broken_endpoints()),
            broken_names=zone.broken_endpoints()[:BROKEN_SHOWN],
            negative_ttl_s=self._negative_ttl_s,
            soa_minimum_s=self._soa_minimum_s,
        )

    @property
    def answer_count(self) -> int:
        """Addresses of the regional endpoint now."""
        return len(self._zone.resolve(REGIONAL))

    @property
    def since_ns(self) -> int:
        """Since when the regional endpoint is as it is."""
        return self._since_ns

    def _watch(self, world: "World") -> None:
        self._stale_overwrites = world.telemetry.counter("dns.stale_overwrites_total")
        self._races = world.telemetry.counter("dns.races_total")
        world.telemetry.gauge_from("dns.answers", lambda: float(self.answer_count))
        for law, reason, shown_by in (
            (ALL_OR_NOTHING, "a refused batch changed records, or a good one did so in part", ""),
            (NEVER_EMPTY, f"{REGIONAL} has no address", "dns.empty"),
            (PLAN_IN_USE_KEPT, "a plan that an endpoint points to was deleted", "dns.plan_deleted"),
        ):
            world.checkers.add(Checker(law, lambda: True, explain=reason, shown_by=shown_by))

    def configure(self, parameters: DnsParameters) -> None:
        """The guard of the answers, as it is from now on."""
        self._zone.guard_answers(parameters.guard.never_publish_empty)
        self._note_state()

    def _answer(self, question: Envelope) -> None:
        message = question.message
        if isinstance(message, ReadRecords):
            question.reply(self._zone.read(message.endpoint))
        elif isinstance(message, ChangeBatch):
            question.reply(BatchResult(self._change(question.sender, message)))
        elif isinstance(message, Lookup):
            addresses = self._zone.resolve(message.name)[:ANSWERS_AT_MOST]
            question.reply(Answer(addresses, 1.0 if addresses else 0.0))
        elif isinstance(message, ListPlans):
            question.reply(PlansListed(self._zone.generations()))
        elif isinstance(message, DeletePlan):
            self._delete(question.sender, message)
            question.reply(PlanDeleted(message.generation))
        elif isinstance(message, AutomationStopped):
            self._automation.pop(question.sender, None)
        elif isinstance(message, ActionOrder):
            question.reply(self._act(message))

    def _change(self, sender: str, batch: ChangeBatch) -> str:
        self._automation[sender] = None
        before = self._zone.read(batch.endpoint)
        result = self._zone.apply(batch)
        self._check_all_or_nothing(batch, before, result)
        if result != DONE:
            return result
        if batch.alias.generation < before.target:
            self._stale_overwrites.add()
        if batch.endpoint == REGIONAL:
            self._regional_changed(sender, before.target)
        return DONE

    def _check_all_or_nothing(
        self, batch: ChangeBatch, before: EndpointRecords, result: str
    ) -> None:
        wanted = before
        if result == DONE:
            rollback = before.rollback if batch.rollback is None else batch.rollback.generation
            wanted = EndpointRecords(batch.lock.new, batch.alias.generation, rollback)
        if self._zone.read(batch.endpoint) != wanted:
            self._violated(ALL_OR_NOTHING, f"{batch.endpoint} is not as its batch left it")

    def _violated(self, law: str, reason: str) -> None:
        self.world.checkers.violate(law, self.world.now, reason)

    def _regional_changed(self, sender: str, before: int) -> None:
        target = self._zone.read(REGIONAL).target
        if target < before:
            self.narrate(
                f"stale overwrite: {sender} replaced plan {before} of {REGIONAL} by the older plan"
                f" {target}",
                level="warning",
                about="dns.stale_overwrite",
                because=(message(f"dns.{sender}.plan-{target}.late", "ChangeBatch", sender),),
            )
        self._newest_served = max(self._newest_served, target)
        self._note_state(overwritten=target < before)

    def _delete(self, sender: str, order: DeletePlan) -> None:
        broken = self._zone.delete_plan(
            order.generation,
            spare_active=order.spare_active,
            spare_rollback=order.spare_rollback,
        )
        if REGIONAL in broken:
            self._races.add()
            self.narrate(
                f"{sender} deleted plan {order.generation}, which {REGIONAL} points to: its records"
                " are gone",
                level="error",
                about="dns.plan_deleted",
                because=("dns.stale_overwrite",),
            )
        others = [name for name in broken if name != REGIONAL]
        if others and order.generation not in self._told_of_others:
            self._told_of_others[order.generation] = None
            writer = self._zone.read(others[0]).lock.partition(" ")[0]
            self.narrate(
                f"{sender} deleted plan {order.generation}, which other endpoints point to:"
                f" {len(others)} so far",
                level="error",
                about="dns.others_deleted",
                because=(
                    message(f"dns.{writer}.plan-{order.generation}.late", "ChangeBatch", writer),
                ),
            )
        if broken:
            self._violated(PLAN_IN_USE_KEPT, f"plan {order.generation} served {broken[0]}")
        self._note_state()

    def _state_now(self) -> str:
        if not self._zone.resolve(REGIONAL):
            return "empty"
        return "stale" if self._zone.read(REGIONAL).target < self._newest_served else "ok"

    def _note_state(self, *, overwritten: bool = False, repaired: bool = False) -> None:
        """Tell when the regional endpoint turns; a stale overwrite has been told of already."""
        state = self._state_now()
        target = self._zone.read(REGIONAL).target
        if state == self._state:
            return
        before, self._state, self._since_ns = self._state, state, self.world.now
        if state == "empty":
            self.narrate(
                f"{REGIONAL} has no address any more: the name exists, its answer is empty",
                level="error",
                about="dns.empty",
                because=("dns.plan_deleted",),
            )
            self._violated(NEVER_EMPTY, f"{REGIONAL} has no address any more")
        elif not overwritten:
            old = ", which is not the newest it has served" if state == "stale" else ""
            repair = (ordered("dns.restore_from_rollback"),) if repaired else ()
            self.narrate(
                f"{REGIONAL} has addresses again: it serves plan {target}{old}"
                if before == "empty"
                else f"{REGIONAL} serves plan {target}{old}",
                about="dns.restored",
                because=(*repair, "dns.empty", "dns.stale_overwrite"),
            )

    def _act(self, order: ActionOrder) -> ActionResult:
        broken = self._zone.broken_endpoints()
        if order.id == "dns.inspect":
            return self._inspect(broken)
        if order.id == "dns.restore_from_rollback":
            return self._restore(broken, force=dict(order.args).get("force") == "yes")
        return ActionResult(f"refused: {self.name} cannot do {order.id}")

    def _inspect(self, broken: tuple[str, ...]) -> ActionResult:
        records = self._zone.read(REGIONAL)
        addresses = self._zone.resolve(REGIONAL)
        found = (
            f"{REGIONAL}: {len(addresses)} addresses, alias to"
            f" {self._zone.target_name(REGIONAL)}, rollback to plan {records.rollback},"
            f" lock {records.lock!r}; endpoints without a target: {len(broken)}"
        )
        return ActionResult("done" if broken else "not needed", found)

    def _restore(self, broken: tuple[str, ...], *, force: bool) -> ActionResult:
        if not broken:
            return ActionResult("not needed", "every endpoint points to records that exist")
        if self._automation and not force:
            return ActionResult(
                f"refused: {next(iter(self._automation))} still changes records;"
                " stop the automation first"
            )
        lock = f"operators {self.world.now // SECOND}"
        lost = [name for name in broken if not self._zone.restore_from_rollback(name, lock)]
        self._note_state(repaired=True)
        if len(lost) == len(broken):
            return ActionResult(f"refused: the rollback tree of {lost[0]} is gone too")
        self.narrate(
            f"{len(broken) - len(lost)} endpoints point to their rollback trees again",
            about="dns.rolled_back",
            because=(ordered("dns.restore_from_rollback"), "dns.plan_deleted"),
        )
        again = f"; {next(iter(self._automation))} may overwrite it" if self._automation else ""
        return ActionResult("done", f"restored {len(broken) - len(lost)} of {len(broken)}{again}")
