"""Sensors: what players see of the truth, later, coarser, and not always.

A monitoring system is part of what it watches. Each sensor reads one metric every so often, shows
the reading after a delay and in steps, and takes none while what feeds it is down; the last reading
then stays and its age grows, as on the real dashboards that night, which showed old numbers
(Pragmatic Engineer, 2025-12-17). All delays are *assumed*.

A facilitator can meddle with one: switch it off, have it say its last reading again and again as if
it were fresh, or have it say a number. Alerts go by what is shown, so they follow.
"""

import attrs

from outage_agents.drills.condition import Facts, Watch
from outage_agents.drills.drill import Sensor
from outage_agents.scenario_source import nearest
from outage_engine.clock import MINUTE, SECOND

HISTORY_MAX = 240
"""Readings kept of a sensor."""


@attrs.frozen
class Reading:
    """What a sensor shows."""

    id: str
    title: str
    unit: str
    value: float | None
    """None before the first reading."""
    taken_ns: int | None
    age_s: int
    """Since it was taken."""
    stale: bool
    """Older than twice its period and its delay."""
    history: tuple[tuple[int, float], ...] = ()
    """The last readings shown, oldest first, as moment taken and value; in a seat's view only."""


class SensorError(ValueError):
    """A sensor cannot be meddled with in this way."""


class SensorDesk:
    """All sensors of a drill."""

    def __init__(self, sensors: tuple[Sensor, ...]) -> None:
        self._probes = tuple(_Probe(sensor) for sensor in sensors)

    def sample(self, facts: Facts) -> None:
        """Take the readings that are due, and show those whose delay is over."""
        for probe in self._probes:
            probe.sample(facts)

    def readings(self, t_ns: int) -> tuple[Reading, ...]:
        """What every sensor shows at a moment."""
        return tuple(probe.reading(t_ns) for probe in self._probes)

    def value(self, sensor_id: str) -> float | None:
        """What one shows; None before its first reading. Raises KeyError for an unknown one."""
        shown = self._probe(sensor_id).shown
        return shown[-1][1] if shown else None

    def override(self, sensor_id: str, how: str, value: float, t_ns: int) -> None:
        """Meddle with one: `off`, `hold`, `value`, or `restore`. Raises SensorError."""
        try:
            probe = self._probe(sensor_id)
        except KeyError:
            known = [one.sensor.id for one in self._probes]
            near = nearest(sensor_id, known)
            meant = f"; did you mean {near}" if near else f"; there are {', '.join(known)}"
            raise SensorError(f"{sensor_id}: no such sensor{meant}") from None
        probe.override(how, value, t_ns)

    def override_of(self, sensor_id: str) -> str:
        """What is done to one: `off`, `held`, `says 12`; empty: nothing. Raises KeyError."""
        return self._probe(sensor_id).told

    def history(self, sensor_id: str) -> tuple[tuple[int, float], ...]:
        """Readings shown so far, as moment taken and value. Raises KeyError."""
        return tuple(self._probe(sensor_id).shown[-HISTORY_MAX:])

    def _probe(self, sensor_id: str) -> "_Probe":
        for probe in self._probes:
            if probe.sensor.id == sensor_id:
                return probe
        raise KeyError(sensor_id)


class _Probe:
    """One sensor at work."""

    def __init__(self, sensor: Sensor) -> None:
        self.sensor = sensor
        self.shown: list[tuple[int, float]] = []
        self._on_the_way: list[tuple[int, float]] = []
        self._next_ns = 0
        self._needs = None if sensor.needs is None else Watch(sensor.needs)
        self._raw: list[tuple[int, float]] = []
        self._how = "restore"
        self._says = 0.0

    @property
    def told(self) -> str:
        return {"off": "off", "hold": "held", "value": f"says {self._says:g}"}.get(self._how, "")

    def override(self, how: str, value: float, t_ns: int) -> None:
        if how == "hold" and not self.shown:
            raise SensorError(f"{self.sensor.id}: has shown nothing yet that could be held")
        self._how = how
        if how == "hold":
            self._says = self.shown[-1][1]
        elif how == "value":
            self._says = value
            self._show(t_ns, value)
        self._on_the_way.clear()

    def sample(self, facts: Facts) -> None:
        fed = self._needs is None or self._needs.holds(facts)
        number = self._number(facts)
        if self._how == "off":
            return
        if self._how != "restore":
            if facts.t_ns >= self._next_ns:
                self._next_ns = facts.t_ns + self.sensor.every_s * SECOND
                self._show(facts.t_ns - self.sensor.delay_s * SECOND, self._says)
            return
        if fed and number is not None and facts.t_ns >= self._next_ns:
            self._next_ns = facts.t_ns + self.sensor.every_s * SECOND
            self._on_the_way.append((facts.t_ns, _stepped(number, self.sensor)))
        shown_until_ns = facts.t_ns - self.sensor.delay_s * SECOND
        while self._on_the_way and self._on_the_way[0][0] <= shown_until_ns:
            self._show(*self._on_the_way.pop(0))

    def _show(self, taken_ns: int, number: float) -> None:
        if self.shown:
            taken_ns = max(taken_ns, self.shown[-1][0])
        self.shown.append((taken_ns, number))
        del self.shown[:-HISTORY_MAX]

    def _number(self, facts: Facts) -> float | None:
        value = facts.value(self.sensor.metric)
        if value is None or not self.sensor.rate:
            return value
        self._raw.append((facts.t_ns, value))
        while len(self._raw) > 1 and self._raw[1][0] <= facts.t_ns - MINUTE:
            del self._raw[0]
        first_ns, first = self._raw[0]
        apart_ns = facts.t_ns - first_ns
        return (value - first) * MINUTE / apart_ns if apart_ns else None

    def reading(self, t_ns: int) -> Reading:
        sensor = self.sensor
        taken_ns, value = self.shown[-1] if self.shown else (None, None)
        age_s = 0 if taken_ns is None else (t_ns - taken_ns) // SECOND
        stale = taken_ns is None or age_s > 2 * sensor.every_s + sensor.delay_s
        return Reading(sensor.id, sensor.title, sensor.unit, value, taken_ns, age_s, stale)


def _stepped(number: float, sensor: Sensor) -> float:
    shown = number * sensor.scale
    return shown if sensor.step == 0 else round(shown / sensor.step) * sensor.step
