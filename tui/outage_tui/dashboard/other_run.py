"""Another recording's latencies, to be laid behind those of the run that is shown.

Both are taken at the same time after T0, when the record emptied or would have; after its end the
other one stays at its last moment. What of it cannot be read is not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.views import LatencyCurve, RegionView
from outage_engine.clock import ns
from outage_engine.errors import RecordingError
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.mishap import BadUsage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class OtherRun:
    """A recording that lies behind the run shown."""

    def __init__(self, path: Path, epoch_s: float) -> None:
        """`epoch_s` is that of the run shown. Raises BadUsage or RecordingError."""
        self.name = path.name
        self._recording = Recording(path)
        try:
            scenario = Scenario.read(self._recording.meta.scenario, f"{path}: scenario")
            self._playback = Playback(self._recording)
        except InputError as error:
            self.close()
            raise BadUsage(*error.problems) from error
        except RecordingError:
            self.close()
            raise
        self._later_ns = scenario.epoch_ns - ns(epoch_s)
        self._decode = msgspec.json.Decoder(RegionView).decode
        self._known: tuple[int, Mapping[str, LatencyCurve]] = (-1, {})

    def curves_at(self, t_ns: int) -> Mapping[str, LatencyCurve]:
        """Of each operation the interval's curve at this moment of the run shown."""
        try:
            frame = self._playback.frame_at(max(0, t_ns + self._later_ns))
            if frame is None:
                return {}
            if frame.t_ns != self._known[0]:
                latency = self._decode(frame.body).latency
                curves = {view.operation: view.interval for view in latency if view.interval}
                self._known = frame.t_ns, curves
        except (RecordingError, msgspec.MsgspecError):
            return {}
        return self._known[1]

    def close(self) -> None:
        """Let go of the file."""
        self._recording.close()
