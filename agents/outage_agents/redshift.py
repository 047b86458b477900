"""Redshift: an API over DynamoDB, and clusters whose failed hosts wait for EC2 launches.

What the real one did (post-event summary, Redshift): the API and queries failed from 23:47 with
DynamoDB, until 02:21. Clusters that wanted a host replaced could not have one while launches
failed; the workflow backlog grew until engineers stopped it at 06:45. Replacements began again in
the afternoon (14:46, reported), and the last cluster was back at 04:05 of the next day.

How it is modelled. The API is an ordinary row. The clusters are a backlog: while launches fail, so
many clusters a minute come to want a host; when launches are good and nothing limits them, so many
a minute get one. *Assumed*: both rates, chosen so that the backlog is done when it was.
"""

from outage_agents.causes import message
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.service import LAUNCHES_GOOD_FROM, ServiceActor
from outage_engine.clock import SECOND
from outage_engine.errors import AskTimedOut

CLUSTERS = "service-redshift-clusters"
STOP = "redshift.stop_replacements"


class RedshiftService(ServiceActor):
    """`service-redshift`: the API. Orders about replacements go on to the clusters' workflow."""

    hears_orders = True

    async def _carry_out(self, order: ActionOrder) -> ActionResult:
        if order.id != STOP:
            return await super()._carry_out(order)
        try:
            result = await self.ask(CLUSTERS, order, 2 * SECOND)
        except AskTimedOut:
            return ActionResult("refused: the replacement workflow does not answer")
        assert isinstance(result, ActionResult)
        return result


class RedshiftClusters(ServiceActor):
    """`service-redshift-clusters`: the clusters that wait for a host."""

    hears_orders = True
    _waiting = 0.0
    _stopped = False

    def _losses(self, minutes: float, reached: float) -> list[tuple[str, float]]:
        launches = self._launches
        p = self._p
        if launches.success_share >= LAUNCHES_GOOD_FROM and not launches.throttled:
            self._stopped = False
            self._waiting = max(0.0, self._waiting - p.redshift_replaces_per_min * minutes)
        elif not self._stopped:
            wanted = p.redshift_fails_per_min * (1.0 - launches.success_share) * minutes
            self._waiting = min(float(p.redshift_clusters), self._waiting + wanted)
        return [("EC2 launches", self._waiting / p.redshift_clusters)]

    def _account(self, minutes: float, failed_share: float) -> None:
        """A cluster without its host fails; nobody refuses it."""
        self._tally.add(minutes, self._active_share(), failed_share, 0.0)

    async def _carry_out(self, order: ActionOrder) -> ActionResult:
        if order.id != STOP:
            return await super()._carry_out(order)
        if self._waiting < 1.0:
            return ActionResult("not needed", "no cluster waits for a host")
        if self._stopped:
            return ActionResult("not needed", "replacements are stopped already")
        self._stopped = True
        self.narrate(
            f"no more host replacements are queued; {self._waiting:.0f} clusters wait",
            about="service.redshift-clusters.stopped",
            because=(message(f"action.{order.id}", "ActionOrder", "service-redshift"),),
        )
        return ActionResult("done", f"{self._waiting:.0f} clusters wait for a host")

    def _watch(self) -> None:
        super()._watch()
        self.world.telemetry.gauge_from("redshift.clusters_waiting", lambda: self._waiting)
