"""Two recordings opened side by side, for the screen that compares them at any moment.

Moments are minutes after T0, which both runs share whatever their scenarios: T0 is when the record
emptied, or would have.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from outage_engine.clock import MINUTE
from outage_engine.recording.comparison import compare
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.compare import RunComparison, comparison_of, open_pair
from outage_tui.dashboard.renderables.compare import CURVES, Track
from outage_tui.recorded_run import RecordedRun, read_run


class ComparedRuns:
    """What the screen asks of two runs."""

    def __init__(self, recordings: tuple[Recording, Recording]) -> None:
        """Raises RecordingError or BadUsage when one of them is no good."""
        first, second = recordings
        self.runs: tuple[RecordedRun, RecordedRun] = (read_run(first), read_run(second))
        self.comparison: RunComparison = comparison_of(self.runs, compare(first, second))
        self.tracks: dict[str, tuple[Track, Track]] = {
            curve.series: tuple(  # type: ignore[misc]  # one for each of the two
                _track(Playback(recording), run, curve.series)
                for recording, run in zip(recordings, self.runs, strict=True)
            )
            for curve in CURVES
        }


@contextmanager
def opened(first: Path, second: Path) -> Iterator[ComparedRuns]:
    """Two recordings for as long as they are looked at."""
    with open_pair((first, second)) as recordings:
        yield ComparedRuns(recordings)


def _track(playback: Playback, run: RecordedRun, name: str) -> Track:
    if name not in playback.metric_names():
        return Track(np.zeros(0), np.zeros(0))
    series = playback.series(name)
    times = (series.times_ns - run.scenario.epoch_ns) / MINUTE
    known = ~np.isnan(series.values)
    return Track(times[known], series.values[known])
