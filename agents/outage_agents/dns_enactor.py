"""A DNS Enactor: applies the newest plan to every endpoint, then cleans up. The race lives here.

The real ones run in three Availability Zones, independent of each other (AWS post-event summary,
DynamoDB). An Enactor takes the newest plan, checks *once* that it is newer than what it applied
before, and walks the endpoints. Each endpoint is one batch to Route 53: swap the lock, create the
plan's tree, point the rollback alias to the tree served so far, flip the endpoint's alias
(re:Invent 2025, DAT453). A batch that fails is retried until it succeeds. After the walk it
deletes the plans many generations older than the one it has just applied, by age, in use or not.

So when an Enactor is very slow, its check is long out of date by the time it writes: it puts an
old plan in place, and another one's clean-up deletes that plan. From then on no batch for the
endpoint succeeds, because the rollback alias cannot be pointed to a tree that does not exist.

Assumed: a pass has one pace, drawn anew (log-normal), around which its endpoints vary, the
regional endpoint comes at a random place in each pass, and the time between reading a lock and
sending the batch does not grow with slowness. Assumed as well: where another endpoint's alias has
lost its tree, the walk goes on without it; at the regional one it stops.
"""

from typing import TYPE_CHECKING, Any

from outage_agents.causes import message, ordered
from outage_agents.dns_plan import REGIONAL, Plan, Tree, endpoint_names, tree_of
from outage_agents.dns_planner import FIRST_GENERATION, AskNewest, FetchPlan, Newest
from outage_agents.dns_staging import AboutToCleanUp, AtRegional, Proceed, RegionalDone
from outage_agents.hosted_zone import (
    DONE,
    NO_ROLLBACK_TARGET,
    PLAN_DELETED,
    STALE,
    ChangeBatch,
    CreateTree,
    EndpointRecords,
    PointEndpoint,
    PointRollback,
    SwapText,
)
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.parameters.dns import DnsParameters
from outage_agents.route53 import (
    AutomationStopped,
    BatchResult,
    DeletePlan,
    ListPlans,
    PlansListed,
    ReadRecords,
)
from outage_agents.views import EnactorView
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import SECOND, ns, seconds
from outage_engine.errors import AskTimedOut
from outage_engine.samplers import LogNormal

if TYPE_CHECKING:
    import random
    from collections.abc import Coroutine

_PATIENCE_NS = 2 * SECOND
LATE_PASSES = 4
"""A pass that has taken so many times the usual is told of. Assumed; it decides nothing."""


class _GiveUpPlan(Exception):
    """The plan cannot be applied any more; take the newest."""


class _Interrupted(Exception):
    """Operators stopped or restarted the Enactor in the middle of what it did."""


class DnsEnactor(Actor):
    """One of the three Enactors."""

    def __init__(
        self,
        name: str,
        parameters: DnsParameters,
        *,
        zone: str,
        planner: str,
        route53: str,
        slow_factor: float = 1.0,
        staging: str = "",
        laggard: bool = False,
    ) -> None:
        """`staging` names the actor that stages the race; empty: nothing is staged."""
        super().__init__(name)
        self._parameters = parameters
        self._guard = parameters.guard
        self._zone = zone
        self._planner = planner
        self._route53 = route53
        self._pass_time = LogNormal.of_mean(ns(parameters.pass_s * slow_factor), parameters.pass_cv)
        self._staging = staging
        self._laggard = laggard
        self._endpoints = endpoint_names(parameters.endpoints)
        self._places = {endpoint: place for place, endpoint in enumerate(self._endpoints)}
        self._batch_ns = ns(parameters.batch_s)
        self._backoff_first_ns = ns(parameters.backoff_first_s)
        self._tree_weights: tuple[int, ...] = ()
        self._trees: dict[str, Tree] = {}
        self._stopped = False
        self._generation = 0
        self._forget()

    async def main(self) -> None:
        self._forget()
        self._apply_latency = self.world.telemetry.histogram("dns.apply")
        while True:
            try:
                while self._stopped:
                    await self._rest_until(None)
                await self._enact()
            except _Interrupted:
                self._forget()

    def configure(self, parameters: DnsParameters) -> None:
        """Guards, and how many plans clean-up keeps, from the next look at them on."""
        self._parameters = parameters
        self._guard = parameters.guard

    async def _enact(self) -> None:
        """Apply every newer plan to all endpoints, for ever."""
        poll_ns = ns(self._parameters.poll_s)
        await self._rest(self._draw().randrange(poll_ns))
        while True:
            newest = await self._ask_planner(AskNewest())
            if isinstance(newest, Newest) and newest.generation > self._applied_generation:
                # The only time anybody asks whether this plan is newer than what is in place.
                await self._apply_and_clean_up(newest.generation)
            await self._rest(poll_ns)

    async def _apply_and_clean_up(self, generation: int) -> None:
        plan = await self._ask_planner(FetchPlan(generation))
        if not isinstance(plan, Plan):
            return
        try:
            await self._apply_everywhere(plan)
        except _GiveUpPlan:
            self._applied_generation = plan.generation
            self._become("waiting", "its plan was overtaken")
            return
        self._applied_generation = plan.generation
        await self._clean_up(plan.generation)
        self._become("waiting")

    async def _apply_everywhere(self, plan: Plan) -> None:
        self._begin_pass(plan)
        step_ns = self._step_ns()
        ahead_ns = self._draw().randrange(step_ns)
        due_ns = self.world.now + ahead_ns
        for endpoint in self._walk():
            await self._rest_until(due_ns)
            begun_ns = self.world.now
            if endpoint == REGIONAL:
                await self._wait_for_staging(plan)
            self._tell_if_late(plan)
            await self._apply(plan, endpoint)
            self._apply_latency.record_ns(self.world.now - begun_ns)
            self._position += 1
            if endpoint == REGIONAL and self._staging:
                self.send(self._staging, RegionalDone(plan.generation))
            due_ns = begun_ns + self._around_ns(step_ns)
        await self._rest_until(due_ns - ahead_ns)

    async def _apply(self, plan: Plan, endpoint: str) -> None:
        """Send batches for one endpoint until one succeeds."""
        backoff_ns = self._backoff_first_ns
        while True:
            result = await self._try_to_apply(plan, endpoint)
            if result == DONE:
                self._unblock(endpoint)
                return
            if result in (STALE, PLAN_DELETED):
                self._say_refused(plan, endpoint, result)
                raise _GiveUpPlan
            if result == NO_ROLLBACK_TARGET and endpoint != REGIONAL:
                self._leave(endpoint)
                return
            self._block(endpoint, result)
            await self._rest(backoff_ns + self._draw().randrange(backoff_ns))
            backoff_ns = min(2 * backoff_ns, ns(self._parameters.backoff_most_s))

    async def _try_to_apply(self, plan: Plan, endpoint: str) -> str:
        try:
            current = await self.ask(self._route53, ReadRecords(endpoint), _PATIENCE_NS)
            await self._rest(self._batch_ns)
            batch = self._batch(plan, endpoint, current)
            answer = await self.ask(self._route53, batch, _PATIENCE_NS)
        except AskTimedOut:
            return "no answer from Route 53"
        assert isinstance(answer, BatchResult)
        if answer.result == NO_ROLLBACK_TARGET and self._guard.repair_missing_target:
            return await self._repair(plan, endpoint, current)
        return answer.result

    async def _repair(self, plan: Plan, endpoint: str, current: EndpointRecords) -> str:
        """The guard: replace an alias without a target, and leave the rollback alias alone."""
        batch = self._batch(plan, endpoint, current)
        batch.rollback = None
        batch.tree = self._new_tree(plan, endpoint)
        try:
            answer = await self.ask(self._route53, batch, _PATIENCE_NS)
        except AskTimedOut:
            return "no answer from Route 53"
        assert isinstance(answer, BatchResult)
        return answer.result

    def _batch(self, plan: Plan, endpoint: str, current: EndpointRecords) -> ChangeBatch:
        """All changes of one endpoint; the rollback alias gets the endpoint's present target.

        Where another Enactor has put the same plan in place, there is nothing to create.
        """
        again = current.target == plan.generation
        return ChangeBatch(
            endpoint,
            SwapText(current.lock, f"{self.name} {self.world.now // SECOND}"),
            None if again else self._new_tree(plan, endpoint),
            None if again else PointRollback(current.target),
            PointEndpoint(plan.generation, self._guard.recheck_each_write),
        )

    def _new_tree(self, plan: Plan, endpoint: str) -> CreateTree:
        """The plan's tree; most plans weigh the load balancers as the plan before did."""
        if plan.weights is not self._tree_weights:
            self._tree_weights = plan.weights
            self._trees.clear()
        tree = self._trees.get(endpoint)
        if tree is None:
            tree = self._trees[endpoint] = tree_of(plan, self._places[endpoint])
        return CreateTree(plan.generation, tree)

    async def _clean_up(self, generation: int) -> None:
        """Delete the plans more than `keep_generations` older than the one just applied."""
        oldest_kept = generation - self._parameters.keep_generations
        self._become("cleaning", f"deletes the plans older than {oldest_kept}")
        if self._staging:
            self.send(self._staging, AboutToCleanUp(generation, oldest_kept))
        await self._rest(ns(self._parameters.clean_up_s))
        try:
            listed = await self.ask(self._route53, ListPlans(), _PATIENCE_NS)
            assert isinstance(listed, PlansListed)
            for old in listed.generations:
                if old < oldest_kept:
                    await self.ask(self._route53, self._deletion(old), _PATIENCE_NS)
        except AskTimedOut:
            self.narrate(
                "no answer from Route 53: the clean-up is left for later",
                level="warning",
                about=f"dns.{self.name}.unanswered",
            )

    def _deletion(self, generation: int) -> DeletePlan:
        guard = self._guard
        return DeletePlan(generation, guard.spare_active_plan, guard.spare_rollback)

    async def _wait_for_staging(self, plan: Plan) -> None:
        if not self._laggard or not self._staging:
            return
        self._may_proceed = False
        self.send(self._staging, AtRegional(plan.generation))
        self._become("held", "about to read the lock of the regional endpoint")
        since_ns = self.world.now
        while not self._may_proceed:
            await self._rest_until(None)
        self._was_held = self.world.now - since_ns > ns(self._parameters.pass_s)
        self._become("applying")

    # -- pace and order of a pass --------------------------------------------------------------

    def _step_ns(self) -> int:
        """Time for one endpoint in this pass: one pace for the whole pass."""
        return max(1, self._pass_time.draw(self._draw()) // len(self._endpoints))

    def _around_ns(self, step_ns: int) -> int:
        """One endpoint's own time: evenly from 80 to 120 % of the pass's pace."""
        spread_ns = step_ns * 2 // 5
        return step_ns - spread_ns // 2 + self._draw().randrange(spread_ns + 1)

    def _walk(self) -> list[str]:
        """The endpoints in the order of this pass: the regional one at a random place."""
        walk = list(self._endpoints[1:])
        walk.insert(self._draw().randrange(len(self._endpoints)), REGIONAL)
        return walk

    def _draw(self) -> "random.Random":
        return self.world.random.single(self.name)

    # -- waiting, and orders from operators ------------------------------------------------------

    def _rest(self, delay_ns: int) -> "Coroutine[Any, Any, None]":
        return self._rest_until(self.world.now + delay_ns)

    async def _rest_until(self, at_ns: int | None) -> None:
        """Wait; obey orders meanwhile. Without a time: until the next message."""
        while at_ns is None or at_ns > self.world.now:
            told = await self.receive_until(at_ns)
            if told is not None:
                self._hear(told)
                if at_ns is None:
                    return

    def _hear(self, told: Envelope) -> None:
        message = told.message
        if isinstance(message, Proceed):
            self._may_proceed = True
        elif isinstance(message, ActionOrder):
            self._act(told, message)

    def _act(self, told: Envelope, order: ActionOrder) -> None:
        stuck = self._state in ("blocked", "held")
        forced = dict(order.args).get("force") == "yes"
        if order.id == "dns.stop_automation":
            if self._stopped or not (stuck or forced):
                told.reply(ActionResult("not needed", f"{self.name} is {self._state}"))
                return
            self._stopped = True
            self.send(self._route53, AutomationStopped())
            told.reply(ActionResult("done", f"{self.name} stopped"))
            self.narrate(
                f"stopped by operators while {self._state} with plan {self._generation}: it changes"
                " nothing any more",
                about=f"dns.{self.name}.stopped",
                because=(ordered(order.id),),
            )
        elif order.id == "dns.restart_enactors":
            if not (stuck or self._stopped or forced):
                told.reply(ActionResult("not needed", f"{self.name} is {self._state}"))
                return
            self._stopped = False
            told.reply(ActionResult("done", f"{self.name} restarted"))
            self.narrate(
                "restarted by operators: it begins with the newest plan",
                about=f"dns.{self.name}.restarted",
                because=(ordered(order.id),),
            )
        else:
            told.reply(ActionResult(f"refused: {self.name} cannot do {order.id}"))
            return
        raise _Interrupted

    async def _ask_planner(self, question: AskNewest | FetchPlan) -> object:
        try:
            return await self.ask(self._planner, question, _PATIENCE_NS)
        except AskTimedOut:
            return None

    # -- what the outside may see ----------------------------------------------------------------

    def snapshot(self) -> EnactorView:
        """The Enactor now."""
        return EnactorView(
            name=self.name,
            zone=self._zone,
            state=self._state,
            generation=self._generation,
            position=self._position,
            endpoints=len(self._endpoints),
            retries=self._retries,
            age_s=seconds(self.world.now - self._taken_ns) if self._taken_ns else 0.0,
            note=self._note,
            deletes_below=self._deletes_below(),
        )

    def _deletes_below(self) -> int:
        """Plans older than this one go when the pass that is under way is over."""
        if self._state in ("waiting", "stopped"):
            return 0
        return max(0, self._generation - self._parameters.keep_generations)

    def _forget(self) -> None:
        """What a restart loses: the pass, and what was applied before."""
        self._become("stopped" if self._stopped else "waiting")
        self._position = self._retries = self._taken_ns = 0
        self._applied_generation = FIRST_GENERATION
        self._may_proceed = False
        self._stuck = self._leaves = self._told_late = self._was_held = False

    def _begin_pass(self, plan: Plan) -> None:
        self._generation = plan.generation
        self._position = self._retries = 0
        self._taken_ns = self.world.now
        self._told_late = self._was_held = False
        self._become("applying")

    def _become(self, state: str, note: str = "") -> None:
        self._state, self._note = state, note

    def _block(self, endpoint: str, result: str) -> None:
        self._retries += 1
        self._become("blocked", f"{endpoint}: {result}; tries again")
        if result == NO_ROLLBACK_TARGET and not self._stuck:
            self._stuck = True
            self.narrate(
                f"stuck at {endpoint}: its batch must point the rollback alias to the plan in use,"
                " which does not exist; tries again and again",
                level="error",
                about=f"dns.{self.name}.stuck",
                because=(message("dns.plan_deleted", "BatchResult", self._route53),),
            )

    def _unblock(self, endpoint: str) -> None:
        if self._state == "blocked":
            self._become("applying")
        if self._stuck:
            self._stuck = False
            self.narrate(
                f"{endpoint} can be changed again",
                about=f"dns.{self.name}.unstuck",
                because=(
                    message("dns.restored", "BatchResult", self._route53),
                    f"dns.{self.name}.stuck",
                ),
            )

    def _leave(self, endpoint: str) -> None:
        if self._state == "blocked":
            self._become("applying")
        if not self._leaves:
            self._leaves = True
            self.narrate(
                f"leaves {endpoint} alone, and every other endpoint whose plan in use does not"
                " exist: they keep no address",
                level="error",
                about=f"dns.{self.name}.leaves",
                because=(message("dns.others_deleted", "BatchResult", self._route53),),
            )

    def _say_refused(self, plan: Plan, endpoint: str, result: str) -> None:
        self.narrate(
            f"plan {plan.generation} refused at {endpoint} ({result}): takes the newest instead",
            about=f"dns.{self.name}.refused",
            because=(f"dns.{self.name}.plan-{plan.generation}.late",),
        )

    def _tell_if_late(self, plan: Plan) -> None:
        """Once a pass that takes far too long: what it relies on was asked when it began."""
        age_s = seconds(self.world.now - self._taken_ns)
        if self._told_late or age_s < LATE_PASSES * self._parameters.pass_s:
            return
        self._told_late = True
        self.narrate(
            f"goes on with plan {plan.generation}, which it took {age_s / 60:.0f} min ago: it asked"
            " then whether that was the newest, and does not ask again",
            level="warning",
            about=f"dns.{self.name}.plan-{plan.generation}.late",
            because=(message(f"dns.{self.name}.released", "Proceed", self._staging),)
            if self._was_held
            else (),
        )
