"""Sensors: what players see of the truth, later, coarser, and not always.

A monitoring system is part of what it watches. Each sensor reads one metric every so often, shows
the reading after a delay and in steps, and takes none while what feeds it is down; the last reading
then stays and its age grows, as on the real dashboards that night, which showed old numbers
(Pragmatic Engineer, 2025-12-17). All delays are *assumed*.
"""

import attrs

from outage_agents.drills.condition import Facts, Watch
from outage_agents.drills.drill import Sensor
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
        for probe in self._probes:
            if probe.sensor.id == sensor_id:
                return probe.shown[-1][1] if probe.shown else None
        raise KeyError(sensor_id)

    def history(self, sensor_id: str) -> tuple[tuple[int, float], ...]:
        """Readings shown so far, as moment taken and value. Raises KeyError."""
        for probe in self._probes:
            if probe.sensor.id == sensor_id:
                return tuple(probe.shown[-HISTORY_MAX:])
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

    def sample(self, facts: Facts) -> None:
        fed = self._needs is None or self._needs.holds(facts)
        number = self._number(facts)
        if fed and number is not None and facts.t_ns >= self._next_ns:
            self._next_ns = facts.t_ns + self.sensor.every_s * SECOND
            self._on_the_way.append((facts.t_ns, _stepped(number, self.sensor)))
        shown_until_ns = facts.t_ns - self.sensor.delay_s * SECOND
        while self._on_the_way and self._on_the_way[0][0] <= shown_until_ns:
            self.shown.append(self._on_the_way.pop(0))
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
