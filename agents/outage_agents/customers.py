"""Customers: what they ask over the day, what of it fails, and an unrelated packet-loss event.

Customers use DynamoDB directly and through every other service. What they feel is the mean of the
services' error rates, by the number of customers each has (*assumed*).

Seconds before DynamoDB's name went empty, packets were lost in the border network of one
Availability Zone. It had nothing to do with DynamoDB, and misled the triage for half an hour (an
insider's account; ThousandEyes saw the loss from outside at 06:49 UTC). Here it is an input, as
staged as the slow Enactor: a share of what goes through that zone's border is lost for a while. Its
size and length are *assumed*. It touches no other component.
"""

from typing import TYPE_CHECKING

import msgspec

from outage_agents.causes import message
from outage_agents.daily_load import active_share
from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.impact import (
    ERRORS_COUNT_FROM,
    Impact,
    ImpactTally,
    impact_view,
    services_down,
    total_impact,
)
from outage_agents.messages import ActionOrder, ActionResult, ServiceHealth
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.service import ClientMaker, ServiceRow
from outage_agents.services import CUSTOMERS
from outage_agents.views import ImpactView
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import MINUTE, ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.service import ServiceActor

LEFT_TO_ITSELF = ("redshift-clusters",)
"""Services whose end is not the event's (milestones.md, event_over)."""
OVER_AFTER_NS = 6 * MINUTE
"""Five minutes without errors, and one for the last service to tell of its own. Assumed."""

ZONES = 6
CONNECTION_LIFE_S = 60.0


class CustomersSnapshot(msgspec.Struct, frozen=True):
    """What customers feel now."""

    error_rate: float
    """Share of all their requests that fails or is lost."""
    packet_loss_share: float
    """Share of all their packets lost at one zone's border."""
    dynamodb_error_rate: float
    services_down_share: float
    peak_services_down_share: float


class Customers(Actor):
    """Everybody who uses the Region; address `customers`."""

    def __init__(
        self,
        parameters: ServicesParameters,
        load: LoadParameters,
        rows: tuple[ServiceRow, ...],
        *,
        epoch_s: float,
        name: str = "customers",
        client: ClientMaker = DynamodbClient,
    ) -> None:
        super().__init__(name)
        self._p = parameters
        self._load = load
        self._rows = {row.name: row for row in rows}
        self._epoch_ns = ns(epoch_s)
        self._client = client(self, CUSTOMERS, CONNECTION_LIFE_S)
        self._services: dict[str, float] = {}
        self._dynamodb_error_rate = 0.0
        self._tally = ImpactTally(
            "dynamodb", parameters.customers_dynamodb, parameters.requests_per_customer_min
        )
        self._down_share = 0.0
        self._peak_down_share = 0.0
        self._packets_lost = False
        self._packet_loss_planned = False
        self._failing_ns: int | None = None
        self._failed_last = ""

    async def main(self) -> None:
        """Ask DynamoDB at each tick, and hear how the services do."""
        self.world.telemetry.gauge_from("customers.error_rate", self._error_rate)
        self.world.telemetry.gauge_from("customers.packet_loss_share", self._packet_loss_share)
        self.world.telemetry.gauge_from("impact.services_down_share", lambda: self._down_share)
        self._schedule_packet_loss()
        ticked_ns = self.world.now
        while True:
            calm = self._dynamodb_error_rate == 0.0
            tick_ns = ticked_ns + ns(self._p.tick_s) * (2 if calm else 1)
            while (envelope := await self.receive_until(tick_ns)) is not None:
                self._hear(envelope)
            self._dynamodb_error_rate = 1.0 - await self._client.answered_share()
            self._account((self.world.now - ticked_ns) / MINUTE)
            self._tell()
            ticked_ns = self.world.now

    def _hear(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, ServiceHealth):
            self._services[message.name] = message.error_rate
        elif isinstance(message, ActionOrder):
            envelope.reply(self._carry_out(message))

    def _carry_out(self, order: ActionOrder) -> ActionResult:
        """Operators follow up what customers report."""
        if order.id != "triage.packet_loss":
            return ActionResult(f"refused: {self.name} cannot do {order.id}")
        if not self._packets_lost:
            return ActionResult("not needed", "no packets are lost at the border of any zone")
        load = self._load
        elsewhere = f"{self._dynamodb_error_rate:.0%} of requests to DynamoDB fail in every zone"
        return ActionResult(
            "done",
            f"az{load.packet_loss_zone} loses {load.packet_loss_share:.0%} of its packets, and"
            f" {elsewhere}",
        )

    def _account(self, minutes: float) -> None:
        t_min = (self.world.now - self._epoch_ns) / MINUTE
        active = active_share(self._load, t_min)
        self._tally.add(minutes, active, self._dynamodb_error_rate, 0.0)
        down = services_down(self._dynamodb_error_rate, 1)
        for name, error_rate in self._services.items():
            down += services_down(error_rate, self._rows[name].stands_for)
        self._down_share = down / self._services_in_all()
        self._peak_down_share = max(self._peak_down_share, self._down_share)

    def _services_in_all(self) -> int:
        return 1 + sum(row.stands_for for row in self._rows.values())

    def _error_rate(self) -> float:
        """Mean over customers of what fails, DynamoDB's own customers included."""
        customers = self._p.customers_dynamodb
        failing = self._dynamodb_error_rate * customers
        for name, row in self._rows.items():
            customers += row.customers
            failing += row.customers * self._services.get(name, 0.0)
        rate = failing / customers if customers else 0.0
        return 1.0 - (1.0 - rate) * (1.0 - self._packet_loss_share())

    def _packet_loss_share(self) -> float:
        return self._load.packet_loss_share / ZONES if self._packets_lost else 0.0

    def _schedule_packet_loss(self) -> None:
        load = self._load
        starts_ns = self._epoch_ns + ns(load.packet_loss_starts_s)
        ends_ns = starts_ns + ns(load.packet_loss_lasts_min * 60.0)
        if not load.packet_loss or self._packet_loss_planned or ends_ns <= self.world.now:
            return
        self._packet_loss_planned = True
        zone = f"az{load.packet_loss_zone}"
        self.world.call_at(
            max(starts_ns, self.world.now), self._lose_packets, True, label=f"border-{zone}/loss"
        )
        self.world.call_at(ends_ns, self._lose_packets, False, label=f"border-{zone}/repaired")

    def _lose_packets(self, lost: bool) -> None:
        self._packets_lost = lost
        border = f"border network of az{self._load.packet_loss_zone}"
        if lost:
            self.narrate(
                f"{border}: {self._load.packet_loss_share:.0%} of packets lost",
                level="warning",
                about="network.border",
            )
        else:
            self.narrate(
                f"{border}: no packets lost any more",
                about="network.border_over",
                because=("network.border",),
            )

    def _tell(self) -> None:
        """When no service fails any more, and none has for a while."""
        failing = [
            name
            for name, error_rate in self._services.items()
            if error_rate > ERRORS_COUNT_FROM and name not in LEFT_TO_ITSELF
        ]
        if failing or self._dynamodb_error_rate > ERRORS_COUNT_FROM:
            self._failing_ns = self.world.now
            self._failed_last = failing[-1] if failing else ""
        elif self._failing_ns is not None and self.world.now - self._failing_ns >= OVER_AFTER_NS:
            self._failing_ns = None
            last = self._failed_last
            self.narrate(
                "no service fails any more (Redshift clusters apart): the event is over",
                about="customers.over",
                because=(message(f"service.{last}.ok", "ServiceHealth", f"service-{last}"),)
                if last
                else (message("resolver.customers.answers", "Answer", CUSTOMERS),),
            )

    @property
    def tally(self) -> ImpactTally:
        """What DynamoDB's own customers lost."""
        return self._tally

    def snapshot(self) -> CustomersSnapshot:
        """What customers feel."""
        return CustomersSnapshot(
            error_rate=self._error_rate(),
            packet_loss_share=self._packet_loss_share(),
            dynamodb_error_rate=self._dynamodb_error_rate,
            services_down_share=self._down_share,
            peak_services_down_share=self._peak_down_share,
        )

    def impact(self, services: "Sequence[ServiceActor]") -> Impact:
        """What all customers lost so far, service by service, DynamoDB first."""
        parts = (self._tally.read(), *(service.tally.read() for service in services))
        return total_impact(parts, self._peak_down_share)

    def impact_panel(self, services: "Sequence[ServiceActor]") -> ImpactView:
        """The impact's panel."""
        in_all = 1 + sum([service.stands_for for service in services])
        tallies = [self._tally, *[service.tally for service in services]]
        down = round(self._down_share * in_all)
        return impact_view(tallies, self._peak_down_share, services_down=down, services=in_all)
