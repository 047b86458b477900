"""Alerts: what pages people, by what sensors read and not by what is true.

An alert fires when a reading has been beyond its threshold for so long, pages again while it stays,
in a storm sends many pages for one thing, and goes up the line step by step while nobody takes it.
A stale sensor fires nothing and clears nothing. Some mislead and some are missing: both are the
drill's author's.
"""

import attrs

from outage_agents.drills.drill import Alert
from outage_agents.drills.sensors import Reading
from outage_engine.clock import SECOND


@attrs.frozen
class AlertState:
    """An alert that has fired."""

    id: str
    text: str
    severity: str
    since_ns: int
    pages: int
    """Sent so far, copies of a storm counted."""
    acknowledged: bool
    escalated: bool
    clear: bool
    """The reading is back within its threshold."""
    called: tuple[str, ...] = ()
    """Who was called because nobody took it, in this order: characters and seats."""


@attrs.frozen
class Page:
    """Something to tell people now."""

    alert: Alert
    kind: str
    """alert, escalation, clear."""
    copies: int = 1
    to: str = ""
    """Of an escalation: who is called, a character or a seat; empty: nobody by name."""


class AlertDesk:
    """All alerts of a drill."""

    def __init__(self, alerts: tuple[Alert, ...]) -> None:
        self._bells = tuple(_Bell(alert) for alert in alerts)

    def sample(self, t_ns: int, readings: tuple[Reading, ...]) -> list[Page]:
        """Look at the readings; what to tell people now."""
        by_id = {reading.id: reading for reading in readings}
        return [
            page for bell in self._bells for page in bell.sample(t_ns, by_id[bell.alert.sensor])
        ]

    def acknowledge(self, alert_id: str) -> bool:
        """Somebody takes it; False when it does not ring."""
        for bell in self._bells:
            if bell.alert.id == alert_id and bell.ringing and not bell.acknowledged:
                bell.acknowledged = True
                return True
        return False

    def states(self) -> tuple[AlertState, ...]:
        """Those that have fired, the first first."""
        fired = [bell.state() for bell in self._bells if bell.pages]
        return tuple(sorted(fired, key=lambda state: state.since_ns))


@attrs.define(eq=False)
class _Bell:
    """One alert at work."""

    alert: Alert
    acknowledged: bool = False
    ringing: bool = False
    pages: int = 0
    _since_ns: int = 0
    _beyond_ns: int | None = None
    _paged_ns: int = 0
    _steps: int = 0
    """Steps up the line so far."""

    def sample(self, t_ns: int, reading: Reading) -> list[Page]:
        if reading.value is None or reading.stale:
            return []
        if not self._beyond(reading.value):
            self._beyond_ns = None
            if not self.ringing:
                return []
            self.ringing = False
            return [Page(self.alert, "clear")]
        if self._beyond_ns is None:
            self._beyond_ns = t_ns
        if t_ns - self._beyond_ns < self.alert.for_s * SECOND:
            return []
        return self._ring(t_ns)

    def _beyond(self, value: float) -> bool:
        if self.alert.above is not None:
            return value > self.alert.above
        assert self.alert.below is not None
        return value < self.alert.below

    def _ring(self, t_ns: int) -> list[Page]:
        alert = self.alert
        if not self.ringing:
            again = self.pages and t_ns - self._paged_ns < alert.again_s * SECOND
            self.ringing = True
            self._since_ns = t_ns
            if again:
                return []
            self.acknowledged, self._steps = False, 0
            return [self._page(t_ns, alert.copies)]
        if not self.acknowledged and t_ns - self._paged_ns >= alert.again_s * SECOND:
            return [self._page(t_ns, 1)]
        return self._escalate(t_ns)

    def _escalate(self, t_ns: int) -> list[Page]:
        """Go one step up the line when nobody has taken it for so long, and again as long."""
        line = self.alert.escalate_to or ("",)
        if self.acknowledged or self.alert.severity != "page" or self._steps == len(line):
            return []
        if t_ns - self._since_ns < (self._steps + 1) * self.alert.escalate_s * SECOND:
            return []
        self._steps += 1
        return [Page(self.alert, "escalation", to=line[self._steps - 1])]

    def _page(self, t_ns: int, copies: int) -> Page:
        self._paged_ns = t_ns
        self.pages += copies
        return Page(self.alert, "alert", copies)

    def state(self) -> AlertState:
        return AlertState(
            self.alert.id,
            self.alert.text,
            self.alert.severity,
            self._since_ns,
            self.pages,
            self.acknowledged,
            self._steps > 0,
            not self.ringing,
            self.alert.escalate_to[: self._steps],
        )
