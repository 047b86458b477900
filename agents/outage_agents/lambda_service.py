"""Lambda: synchronous calls, SQS pollers that do not come back by themselves, and a throttle.

What the real one did (post-event summary, Lambda): from 23:51 create, update and event sources
failed with DynamoDB. Its SQS pollers died and stayed dead when DynamoDB came back; operators
restored them at 04:40 and the backlog was done at 06:00. In the second wave (07:04, reported) the
health checks of NLB took its instances away and its internals were too small; asynchronous and
event-source work was throttled to save synchronous calls. At 11:27 there was capacity enough, the
throttle was lifted, and the backlog was done at 14:15.

How it is modelled. Two backlogs in minutes of normal inflow: events from SQS, which grows while
the pollers are dead, and asynchronous work, which grows by what the throttle does not admit. Each
drains at a fixed multiple of its inflow. Late events count as a part of a failed call; throttled
ones are refused on purpose. The throttle takes load off Lambda's NLB zones; that is what it is for.

*Assumed*: shares, drain rates (they follow from the published times), the time pollers take to die.
"""

from outage_agents.causes import ordered
from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.impact import ERRORS_COUNT_FROM
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.parameters.lambda_ import LambdaParameters
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.service import LATE_EVENTS, ClientMaker, EventDelay, ServiceActor, ServiceRow

BACKLOG_DONE_MIN = 1.0
"""A backlog under this much inflow counts as done (milestones of the reference timeline)."""
POLLERS_NEED_SHARE = 0.5
"""Pollers need this share of their connections to DynamoDB. Assumed."""


class EventBacklog:
    """Events that wait, in minutes of normal inflow."""

    def __init__(self, drain: float) -> None:
        self._drain = drain
        self.waiting_min = 0.0
        self.delay_min = 0.0
        """How late the event is that is worked on now, or will be."""

    def pass_time(self, minutes: float, admitted_share: float) -> None:
        """Let time pass in which so much of the inflow is worked on; all of it: drain too."""
        if admitted_share >= 1.0:
            self.waiting_min = max(0.0, self.waiting_min - (self._drain - 1.0) * minutes)
            self.delay_min = self.waiting_min / self._drain
        else:
            self.waiting_min += (1.0 - admitted_share) * minutes
            self.delay_min = self.waiting_min


class LambdaService(ServiceActor):
    """`service-lambda`."""

    hears_orders = True

    def __init__(
        self,
        row: ServiceRow,
        parameters: ServicesParameters,
        lambda_: LambdaParameters,
        load: LoadParameters,
        *,
        epoch_s: float,
        dependents: tuple[str, ...] = (),
        delay_listeners: tuple[str, ...] = (),
        client: ClientMaker = DynamodbClient,
    ) -> None:
        """`delay_listeners` hear EventDelay; the rest is as for every service."""
        super().__init__(
            row, parameters, load, epoch_s=epoch_s, dependents=dependents, client=client
        )
        self._lambda = lambda_
        self._delay_listeners = delay_listeners
        self._sqs = EventBacklog(lambda_.sqs_drain)
        self._async = EventBacklog(lambda_.async_drain)
        self._pollers_alive = True
        self._starved_min = 0.0
        self._reached = 1.0
        self._admit = 1.0
        self._told_delay_min = 0.0
        self._waited: dict[str, None] = {}

    def _losses(self, minutes: float, reached: float) -> list[tuple[str, float]]:
        self._reached = reached
        self._age_pollers(minutes, reached)
        self._sqs.pass_time(minutes, 1.0 if self._pollers_alive else 0.0)
        self._async.pass_time(minutes, self._admit)
        self._tell_caught_up()
        self._tell_delay()
        losses = super()._losses(minutes, reached)
        p = self._lambda
        if self._sqs.waiting_min >= BACKLOG_DONE_MIN:
            losses.append(("SQS pollers", p.sqs_share * p.late_weight))
        if self._async.waiting_min >= BACKLOG_DONE_MIN:
            losses.append(("throttled events", p.async_share * p.late_weight))
        return losses

    def _age_pollers(self, minutes: float, reached: float) -> None:
        self._starved_min = self._starved_min + minutes if reached < POLLERS_NEED_SHARE else 0.0
        if self._pollers_alive and 0.0 < self._starved_min >= self._lambda.pollers_die_min:
            self._pollers_alive = False
            self._sqs.waiting_min += self._starved_min
            self.narrate(
                "the SQS pollers have given up without DynamoDB; they do not come back alone",
                level="warning",
                about=LATE_EVENTS,
                because=self._because("DynamoDB"),
            )

    def _tell_caught_up(self) -> None:
        """When what waited is done: events from SQS, or asynchronous work."""
        for waits, backlog in (("events from SQS", self._sqs), ("asynchronous work", self._async)):
            if backlog.waiting_min >= BACKLOG_DONE_MIN:
                self._waited[waits] = None
            elif waits in self._waited:
                del self._waited[waits]
                relief = "pollers" if backlog is self._sqs else "relaxed"
                self.narrate(
                    f"the backlog of {waits} is done",
                    about="service.lambda.caught_up",
                    because=(f"service.lambda.{relief}", LATE_EVENTS),
                )

    def _overload(self, relief: float) -> float:
        p = self._lambda
        throttled_share = (p.sqs_share + p.async_share) * (1.0 - self._admit)
        return super()._overload(relief * (1.0 - throttled_share))

    def _account(self, minutes: float, failed_share: float) -> None:
        """What the throttle does not admit is refused on purpose."""
        p = self._lambda
        refused = min(failed_share, p.async_share * p.late_weight * (1.0 - self._admit))
        active = self._active_share()
        self._tally.add(minutes, active, failed_share - refused, refused)

    def _tell_delay(self) -> None:
        delay_min = max(self._sqs.delay_min, self._async.delay_min)
        if abs(delay_min - self._told_delay_min) >= 1.0:
            self._told_delay_min = delay_min
            for listener in self._delay_listeners:
                self.send(listener, EventDelay(delay_min))

    async def _carry_out(self, order: ActionOrder) -> ActionResult:
        if order.id == "lambda.restore_pollers":
            return self._restore_pollers()
        if order.id == "lambda.throttle_async":
            return self._throttle_async(float(dict(order.args).get("admit", 0.3)))
        if order.id == "lambda.relax_async":
            return self._relax_async()
        return await super()._carry_out(order)

    def _restore_pollers(self) -> ActionResult:
        if self._pollers_alive:
            return ActionResult("not needed", "the SQS pollers are alive")
        if self._reached < POLLERS_NEED_SHARE:
            return ActionResult("refused: the pollers need DynamoDB, which does not answer yet")
        self._pollers_alive = True
        self._starved_min = 0.0
        backlog_min = self._sqs.waiting_min
        self.narrate(
            f"SQS pollers restored; {backlog_min:.0f} min of events wait",
            about="service.lambda.pollers",
            because=(ordered("lambda.restore_pollers"), LATE_EVENTS),
        )
        return ActionResult("done", f"{backlog_min:.0f} min of events wait")

    def _throttle_async(self, admit: float) -> ActionResult:
        if self._error_rate <= ERRORS_COUNT_FROM:
            return ActionResult("not needed", "no call of Lambda fails")
        self._admit = min(1.0, max(0.0, admit))
        self.narrate(
            f"asynchronous and event-source work is throttled to {self._admit:.0%}",
            about=LATE_EVENTS,
            because=(ordered("lambda.throttle_async"),),
        )
        return ActionResult("done", f"admits {self._admit:.0%} of the inflow")

    def _relax_async(self) -> ActionResult:
        if self._admit >= 1.0:
            return ActionResult("not needed", "asynchronous work is not throttled")
        self._admit = 1.0
        backlog_min = self._async.waiting_min
        self.narrate(
            f"throttle lifted; {backlog_min:.0f} min of asynchronous work wait",
            about="service.lambda.relaxed",
            because=(ordered("lambda.relax_async"),),
        )
        return ActionResult("done", f"{backlog_min:.0f} min of asynchronous work wait")

    def _backlog_min(self) -> float:
        return max(self._sqs.waiting_min, self._async.waiting_min)

    @property
    def sqs_backlog_min(self) -> float:
        """Events from SQS that wait, in minutes of normal inflow."""
        return self._sqs.waiting_min

    def _watch(self) -> None:
        super()._watch()
        telemetry = self.world.telemetry
        telemetry.gauge_from("lambda.sqs_backlog_min", lambda: self._sqs.waiting_min)
        telemetry.gauge_from("lambda.async_backlog_min", lambda: self._async.waiting_min)
