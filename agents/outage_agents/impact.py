"""What the outage cost customers: error windows, customer-minutes, requests failed and refused.

A window of a service opens when more than 1 % of its requests have failed for five minutes, at the
first of them, and closes the same way (milestones of the reference timeline). A customer-minute is
a minute in which all of one customer's requests of a service failed; half of them failing for two
minutes counts the same. Requests refused on purpose (a throttle) are counted apart from those that
failed. How many customers a service has is *assumed*.
"""

import attrs

from outage_agents.views import ImpactView
from outage_engine.clock import MINUTE

ERRORS_COUNT_FROM = 0.01
"""Error rate above which a service counts as failing."""
SUSTAINED_NS = 5 * MINUTE
DOWN_FROM = 0.2
"""Error rate from which a service counts as down. Assumed."""


@attrs.frozen
class ErrorWindow:
    """A stretch of time in which a service failed."""

    start_ns: int
    end_ns: int | None
    """None while it is open."""
    causes: tuple[str, ...]
    """The dependencies through which it failed, in order of appearance."""

    @property
    def cause(self) -> str:
        """The causes as one text; the first is the one that opened the window."""
        return ", ".join(self.causes)


class ErrorWindows:
    """Finds the windows in a sequence of error rates."""

    def __init__(self) -> None:
        self._closed: list[ErrorWindow] = []
        self._open_since_ns: int | None = None
        self._turned_ns: int | None = None
        self._causes: list[str] = []

    def note(self, now_ns: int, error_rate: float, cause: str) -> None:
        """The error rate from now on, and the dependency it comes through."""
        failing = error_rate > ERRORS_COUNT_FROM
        if failing and cause and cause not in self._causes:
            self._causes.append(cause)
        if failing == (self._open_since_ns is not None):
            self._turned_ns = None
            if not failing:
                self._causes.clear()
            return
        if self._turned_ns is None:
            self._turned_ns = now_ns
        if now_ns - self._turned_ns >= SUSTAINED_NS:
            self._turn(self._turned_ns)

    def _turn(self, at_ns: int) -> None:
        self._turned_ns = None
        if self._open_since_ns is None:
            self._open_since_ns = at_ns
            return
        self._closed.append(ErrorWindow(self._open_since_ns, at_ns, tuple(self._causes)))
        self._open_since_ns = None
        self._causes.clear()

    def all(self) -> tuple[ErrorWindow, ...]:
        """Every window so far; the last may be open."""
        if self._open_since_ns is None:
            return tuple(self._closed)
        open_one = ErrorWindow(self._open_since_ns, None, tuple(self._causes))
        return (*self._closed, open_one)


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


class ImpactTally:
    """Adds up what one service's customers lose."""

    def __init__(self, name: str, customers: int, requests_per_customer_min: float) -> None:
        self._name = name
        self._customers = customers
        self._requests_per_customer_min = requests_per_customer_min
        self._customer_minutes = 0.0
        self._failed = 0.0
        self._refused = 0.0

    def add(self, minutes: float, active: float, failed_share: float, refused_share: float) -> None:
        """So many minutes with this share of customers active and these shares of requests lost."""
        customer_minutes = self._customers * active * minutes
        requests = customer_minutes * self._requests_per_customer_min
        self._customer_minutes += customer_minutes * (failed_share + refused_share)
        self._failed += requests * failed_share
        self._refused += requests * refused_share

    def read(self) -> ServiceImpact:
        """What was lost so far."""
        return ServiceImpact(
            self._name, self._customer_minutes, int(self._failed), int(self._refused)
        )


def total_impact(parts: tuple[ServiceImpact, ...], peak_services_down_share: float) -> Impact:
    """All services' losses together."""
    return Impact(
        customer_minutes=sum(part.customer_minutes for part in parts),
        by_service=parts,
        failed=sum(part.failed for part in parts),
        refused=sum(part.refused for part in parts),
        peak_services_down_share=peak_services_down_share,
    )


def impact_view(impact: Impact, services_down: int, services: int) -> ImpactView:
    """The impact as the dashboard shows it."""
    return ImpactView(
        customer_minutes=impact.customer_minutes,
        failed=impact.failed,
        refused=impact.refused,
        services_down=services_down,
        services=services,
    )
