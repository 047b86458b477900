"""What the outage cost customers: customer-minutes, and requests that failed or were refused.

A customer-minute is a minute in which all of one customer's requests of a service failed or were
refused; half of them for two minutes counts the same. Requests refused on purpose (a throttle) are
counted apart from those that failed. How many customers a service has is *assumed*.

A service is *down* while more than `DOWN_FROM` of its requests fail. One row of the cast stands for
the more than a hundred services without a published window of their own; it has one error rate for
all of them, which says nothing of any single one. Its rate is read as the share of its services
that are down (*assumed*: what one of them needs either works for it or does not): when 40 % of its
requests fail, 40 % of its services count as down, and never all of them because of a few.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from outage_agents.views import ImpactView

if TYPE_CHECKING:
    from outage_engine.telemetry import Telemetry

ERRORS_COUNT_FROM = 0.01
"""Error rate above which a service counts as failing."""
DOWN_FROM = 0.2
"""Error rate above which a service counts as down. Assumed."""


@attrs.frozen
class ServiceImpact:
    """What one service's customers lost so far."""

    name: str
    customer_minutes: float
    failed: int
    """Requests that failed."""
    refused: int
    """Requests refused on purpose."""


@attrs.frozen
class Impact:
    """What all customers lost so far."""

    customer_minutes: float
    by_service: tuple[ServiceImpact, ...]
    failed: int
    refused: int
    peak_services_down_share: float
    """Largest share (0..1) of all services that were down at the same time."""


def services_down(error_rate: float, stands_for: int) -> float:
    """How many services a row with this error rate (0..1) counts as down."""
    if stands_for > 1:
        return stands_for * error_rate
    return 1.0 if error_rate > DOWN_FROM else 0.0


class ImpactTally:
    """Adds up what one service's customers lose."""

    def __init__(self, name: str, customers: int, requests_per_customer_min: float) -> None:
        self.name = name
        self._customers = customers
        self._requests_per_customer_min = requests_per_customer_min
        self.customer_minutes = 0.0
        """Lost so far. Read these; write with `add`."""
        self.failed = 0.0
        self.refused = 0.0

    def add(self, minutes: float, active: float, failed_share: float, refused_share: float) -> None:
        """So many minutes with this share of customers active and these shares of requests lost."""
        customer_minutes = self._customers * active * minutes
        requests = customer_minutes * self._requests_per_customer_min
        self.customer_minutes += customer_minutes * (failed_share + refused_share)
        self.failed += requests * failed_share
        self.refused += requests * refused_share

    def read(self) -> ServiceImpact:
        """What was lost so far."""
        return ServiceImpact(self.name, self.customer_minutes, int(self.failed), int(self.refused))


def total_impact(parts: tuple[ServiceImpact, ...], peak_services_down_share: float) -> Impact:
    """All services' losses together."""
    customer_minutes = 0.0  # not sum(): for floats it varies with the version of Python
    for part in parts:
        customer_minutes += part.customer_minutes
    return Impact(
        customer_minutes=customer_minutes,
        by_service=parts,
        failed=sum(part.failed for part in parts),
        refused=sum(part.refused for part in parts),
        peak_services_down_share=peak_services_down_share,
    )


def watch_impact(telemetry: "Telemetry", tallies: Sequence[ImpactTally]) -> None:
    """Make series of what all customers lost so far, so that a recording can tell it at any moment.

    The share of services that are down, now and at its worst, is a series of the customers.
    """

    def customer_minutes() -> float:
        total = 0.0
        for tally in tallies:
            total += tally.customer_minutes
        return total

    telemetry.gauge_from("impact.customer_minutes", customer_minutes)
    telemetry.gauge_from("impact.failed", lambda: sum([int(tally.failed) for tally in tallies]))
    telemetry.gauge_from("impact.refused", lambda: sum([int(tally.refused) for tally in tallies]))


def impact_view(
    tallies: Sequence[ImpactTally],
    peak_services_down_share: float,
    *,
    services_down: int,
    services: int,
) -> ImpactView:
    """The impact as the dashboard shows it."""
    customer_minutes = 0.0  # not sum(): for floats it varies with the version of Python
    failed = refused = 0
    by_service = []
    for tally in tallies:
        customer_minutes += tally.customer_minutes
        failed += int(tally.failed)
        refused += int(tally.refused)
        by_service.append((tally.name, round(tally.customer_minutes)))
    return ImpactView(
        customer_minutes=customer_minutes,
        failed=failed,
        refused=refused,
        services_down=services_down,
        services=services,
        peak_services_down_share=peak_services_down_share,
        by_service=tuple(by_service),
    )
