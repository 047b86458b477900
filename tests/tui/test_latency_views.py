"""The latencies that views carry: of the last interval, from before the event, of the whole run."""

from pathlib import Path

import pytest
import trio

from outage_agents.scenario import Scenario
from outage_agents.simulation import INTERVAL_S, Simulation
from outage_agents.views import FINE_CURVE, SIXTHS, LatencyView
from outage_engine.clock import MINUTE, SECOND
from outage_engine.histogram import LatencyCounts
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.recorder import close_recording, open_recording

QUICK = (("dns.endpoints", "20"),)


class Watched:
    """A run of the endpoint alone, recorded, with the latencies of every minute."""

    def __init__(self, until: str, path: Path) -> None:
        scenario = Scenario.load("dns-only", QUICK)
        self.until_ns = scenario.when(until)
        self.event_ns = round(scenario.epoch_s * SECOND)
        writer = open_recording(path, scenario, "", self.until_ns)
        assert writer is not None
        self.simulation = Simulation(scenario, until_ns=self.until_ns, sink=writer, keeper=writer)
        self.minutes: dict[int, tuple[LatencyView, ...]] = {}
        self.simulation.world.call_at(MINUTE + SECOND, self._watch)
        trio.run(self.simulation.run)
        close_recording(writer, self.simulation, "")

    def _watch(self) -> None:
        self.minutes[self.simulation.world.now] = self.simulation.view().latency
        self.simulation.world.call_after(MINUTE, self._watch)

    def of(self, operation: str) -> dict[int, LatencyView]:
        """One operation's, minute by minute."""
        return {
            now: view
            for now, views in self.minutes.items()
            for view in views
            if view.operation == operation
        }


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Watched, Path]:
    path = tmp_path_factory.mktemp("latency") / "run.otrec"
    return Watched("00:07", path), path


def test_curves_are_taken_at_ever_rarer_calls() -> None:
    assert len(FINE_CURVE) == 25
    assert (FINE_CURVE[0], FINE_CURVE[6], FINE_CURVE[12]) == (0.0, 90.0, 99.0)
    assert FINE_CURVE[18] == pytest.approx(99.9)
    assert FINE_CURVE[24] == 99.99
    assert list(FINE_CURVE) == sorted(FINE_CURVE)
    for k, share in enumerate(SIXTHS):
        assert share**6 == pytest.approx(10.0**-k, rel=1e-6)


def test_what_was_before_the_event_is_unknown_until_then_and_the_same_ever_after(
    watched: tuple[Watched, Path],
) -> None:
    run, _ = watched
    calls = run.of("dynamodb.call")
    before = [view.before for now, view in calls.items() if now <= run.event_ns]
    after = [view.before for now, view in calls.items() if now > run.event_ns + MINUTE]
    assert before
    assert set(before) == {None}
    assert len(set(after)) == 1
    assert after[0] is not None
    assert 0 < after[0].count < calls[max(calls)].total


def test_the_event_shows_against_what_was_before(watched: tuple[Watched, Path]) -> None:
    run, _ = watched
    last = list(run.of("dynamodb.call").values())[-1]
    assert last.before is not None
    assert last.interval is not None
    assert last.interval.points_ms[12] > 10 * last.before.points_ms[12]


def test_curves_rise_and_end_at_most_at_the_largest_value(watched: tuple[Watched, Path]) -> None:
    run, _ = watched
    for views in run.minutes.values():
        for view in views:
            for curve in (view.interval, view.before, view.run):
                if curve is not None:
                    assert list(curve.points_ms) == sorted(curve.points_ms)
                    assert curve.points_ms[-1] <= curve.max_ms
                    assert curve.points_ms[0] <= curve.p50_ms <= curve.max_ms


def test_the_intervals_of_a_recording_add_up_to_the_whole_run(
    watched: tuple[Watched, Path],
) -> None:
    run, path = watched
    telemetry = run.simulation.world.telemetry
    assert run.until_ns % (INTERVAL_S * SECOND)
    with Recording(path) as recording:
        playback = Playback(recording)
        for name in telemetry.histogram_names():
            kept = list(playback.histograms(name))
            counts = [LatencyCounts.decode(each.body).count for each in kept]
            assert sum(counts) == telemetry.histogram(name).count
            assert all(each.t_ns <= run.until_ns for each in kept)
        assert kept[-1].t_ns == run.until_ns
