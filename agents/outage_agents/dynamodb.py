"""DynamoDB's regional endpoint, and the connections customers have to it.

The service itself was healthy all the time: only those who needed a *new* connection could not
find it (AWS post-event summary, DynamoDB). Customers' clients look the name up through their own
resolvers; those whose resolver holds the empty answer lose their connections one by one as these
end, and have them back when the empty answer expires. Calls fail in the share of closed
connections.

*Assumed*: the mean life of a connection, and the latency of a call (log-normal).
"""

from typing import TYPE_CHECKING

import attrs
import numpy

from outage_agents.causes import message
from outage_agents.dns_plan import REGIONAL
from outage_agents.dynamodb_client import LOOK_UPS, Connections
from outage_agents.messages import Answer, Degraded, DynamodbConnect, DynamodbConnected, Lookup
from outage_agents.parameters.dns import DnsParameters
from outage_engine.actor import Actor
from outage_engine.clock import MILLISECOND, MINUTE, SECOND, ns
from outage_engine.errors import AskTimedOut
from outage_engine.samplers import LogNormal

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TICK_NS = 10 * SECOND
_QUIET_TICK_NS = 30 * SECOND
"""Customers look the name up so often, all together, while every connection is open."""
_PATIENCE_NS = 2 * SECOND
_CALLS_A_MINUTE = 200
"""Calls whose latencies are recorded, of so many that their number means nothing."""
_CALL_CV = 0.6
"""Coefficient of variation of a call's latency (assumed)."""
_FAILED_CALL_NS = 3050 * MILLISECOND
"""A call without a connection: the SDK tries three times with pauses, then gives up (assumed)."""


@attrs.frozen
class DynamodbView:
    """DynamoDB as its customers see it."""

    error_rate: float
    """Share of calls that fail, 0..1."""
    connects: int
    """Times internal clients have opened connections again."""


class Dynamodb(Actor):
    """The regional endpoint's front, and customers' connections."""

    def __init__(self, name: str, parameters: DnsParameters, *, resolver: str) -> None:
        """`resolver`: the population of resolvers that customers use."""
        super().__init__(name)
        self._resolver = resolver
        self._connections = Connections(parameters.connection_life_s)
        self._call = LogNormal(ns(parameters.call_ms / 1000), _CALL_CV)
        self._connects = 0
        self._impaired = False
        self._answered = True

    async def main(self) -> None:
        self.world.telemetry.gauge_from("dynamodb.error_rate", self._error_rate)
        ticked_ns = self.world.now
        next_tick_ns = ticked_ns + _TICK_NS
        while True:
            told = await self.receive_until(next_tick_ns)
            if told is None:
                await self._age_connections(next_tick_ns - ticked_ns)
                ticked_ns = next_tick_ns
                if next_tick_ns % MINUTE == 0:
                    self._record_calls()
                tick_ns = _TICK_NS if self._error_rate() else _QUIET_TICK_NS
                next_tick_ns = (max(next_tick_ns, self.world.now) // tick_ns + 1) * tick_ns
            elif isinstance(told.message, Degraded):
                self._degrade(told.message.share)
            elif isinstance(told.message, DynamodbConnect):
                self._connects += told.message.count
                told.reply(DynamodbConnected(told.message.count))

    def snapshot(self) -> DynamodbView:
        """DynamoDB now."""
        return DynamodbView(self._error_rate(), self._connects)

    def _error_rate(self) -> float:
        """Share of customers' calls that fail: no connection, or nobody there to serve them."""
        if self.down or self.paused:
            return 1.0
        return 1.0 - (1.0 - self._connections.closed_share) * (1.0 - self.failing_share)

    def _degrade(self, share: float) -> None:
        """A fault: so many of the requests that come fail, over whichever connection."""
        if share == self.failing_share:
            return
        self.failing_share = share
        fault = "fault.degrade-dynamodb"
        if share:
            text = f"{share:.0%} of requests fail in DynamoDB itself"
            self.narrate(text, level="error", about="dynamodb.degraded", because=(fault,))
        else:
            self.narrate("serves every request again", about="dynamodb.whole", because=(fault,))

    async def _age_connections(self, elapsed_ns: int) -> None:
        try:
            answer = await self.ask_again(
                self._resolver, Lookup(REGIONAL), _PATIENCE_NS // LOOK_UPS, LOOK_UPS
            )
            self._answered = True
        except AskTimedOut:
            answer = Answer((), 0.0)
            self._answered = False
        assert isinstance(answer, Answer)
        self._connections.age(elapsed_ns, answer.answered_share)
        self._tell()

    def _record_calls(self) -> None:
        """Latencies of a fixed number of calls, of which the closed share fails."""
        failed = round(_CALLS_A_MINUTE * self._error_rate())
        latency = self.world.telemetry.histogram("dynamodb.call")
        if failed:
            latency.record_count(_FAILED_CALL_NS, failed)
        latency.record_many(self._call_latencies(_CALLS_A_MINUTE - failed))

    def _call_latencies(self, count: int) -> "NDArray[numpy.int64]":
        drawn = self._call.draw_many(self.world.random.array(self.name), count)
        if self.slowness != 1.0:
            drawn = (drawn * self.slowness).astype(numpy.int64)
        return numpy.maximum(drawn, 1000)

    def _tell(self) -> None:
        rate = self._connections.closed_share
        if rate > 0.05 and not self._impaired:
            self._impaired = True
            empty = message("resolver.customers.empty", "Answer", self._resolver)
            known = "the endpoint's name has no address"
            self.narrate(
                f"new connections fail: {known if self._answered else 'no look-up is answered'};"
                " open ones live on",
                level="error",
                about="dynamodb.unreachable",
                because=(empty,) if self._answered else (),
            )
        elif rate < 0.01 and self._impaired:
            self._impaired = False
            self.narrate(
                "customers reach the endpoint again",
                about="dynamodb.reachable",
                because=(
                    message("resolver.customers.answers", "Answer", self._resolver),
                    "dynamodb.unreachable",
                ),
            )
