"""`outage-tui replay`: the dashboard from a recording, without executing anything again."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.views import MilestoneView, NarrationView, RegionView
from outage_agents.when import When
from outage_engine.clock import SECOND
from outage_engine.errors import RecordingError
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.auto_pace import Tempo, Viewing, moments_of
from outage_tui.dashboard.source import History, Marker, Status, Update
from outage_tui.link_messages import (
    Applied,
    Command,
    Done,
    Hello,
    Mark,
    Pace,
    Pause,
    Resume,
    Seek,
    Step,
)
from outage_tui.mishap import BadUsage
from outage_tui.output import is_terminal

if TYPE_CHECKING:
    from outage_engine.recording.playback import Series

LATE_S = 0.5
"""The automatic pace counts no longer than this between two polls: nothing was seen meanwhile."""


def replay(
    path: Path,
    when: str | None,
    *,
    ascii_only: bool,
    theme: str = "",
    behind: Path | None = None,
) -> int:
    """Show `path`, from `when` on, the latencies of `behind` behind its own.

    Raises RecordingError or BadUsage.
    """
    if behind is not None:
        Recording(behind).close()  # what is wrong with it is said before there is a screen
    with opened(path, when, hurried=True) as source:
        if not is_terminal():
            raise BadUsage("a replay needs a terminal; use `outage-tui verify` or `export` without")
        from outage_tui.dashboard.app import run_dashboard

        return run_dashboard(source, ascii_only=ascii_only, theme=theme, behind=behind)


@contextmanager
def opened(path: Path, when: str | None, *, hurried: bool = False) -> Iterator["ReplaySource"]:
    """The recording at `path` as a source, from the moment `when` on.

    `hurried`: the first picture is wanted at once; series come with the second. Raises
    RecordingError or BadUsage.
    """
    with Recording(path) as recording:
        try:
            scenario = Scenario.read(recording.meta.scenario, f"{path}: scenario")
            at_ns = 0 if when is None else When.parse(when, scenario, within=False)
        except InputError as error:
            raise BadUsage(*error.problems) from error
        last_ns = max(scenario.duration_ns, recording.meta.virtual_ns)
        if at_ns > last_ns:
            raise BadUsage(f"--at {when}: after the run ends, at {scenario.clock(last_ns)}")
        yield ReplaySource(path, recording, scenario, at_ns, hurried=hurried)


class ReplaySource:
    """A recording as the dashboard sees it: every moment can be shown."""

    def __init__(
        self,
        path: Path,
        recording: Recording,
        scenario: Scenario,
        at_ns: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        hurried: bool = False,
    ) -> None:
        self._playback = Playback(recording)
        self._end_ns = self._playback.frame_times_ns[-1] if self._playback.frame_times_ns else 0
        self._hello = Hello(
            scenario=scenario.name,
            title=scenario.title,
            seed=scenario.seed,
            start=scenario.start,
            epoch_s=scenario.epoch_s,
            duration_s=recording.meta.virtual_ns / SECOND,
            droplets=scenario.droplets,
            recording=str(path),
            forked_at_ns=_forked_at_ns(recording),
        )
        self._size = path.stat().st_size
        self._finished = recording.meta.finished
        self._digest = recording.meta.digest
        self._decode = msgspec.json.Decoder(RegionView).decode
        self._lines = [
            NarrationView(
                line.n,
                line.t_ns,
                line.component,
                line.level,
                line.text,
                line.about,
                line.because,
                line.via,
            )
            for line in self._playback.narration()
        ]
        self._line_times_ns = [line.t_ns for line in self._lines]
        self._metric_names = frozenset(self._playback.metric_names())
        self._series: dict[str, Series] = {}
        self._markers = [Marker(mark.t_ns, mark.name) for mark in self._playback.markers()]
        last = self._playback.frame_at(self._end_ns)
        self._milestones: Sequence[MilestoneView] = (
            () if last is None else self._view_of(last.t_ns, last.body).milestones
        )
        self._at_ns = min(at_ns, self._end_ns)
        self._shown_frame_ns = -1
        self._shown_lines = 0
        self._rewound = True
        self._tempo = Tempo(moments_of(self._playback), self._end_ns)
        self._viewing = Viewing(self._tempo)
        self._pace: float | None = None
        self._paused = at_ns > 0
        self._withheld = hurried
        self._missed = False
        self._clock = clock
        self._wall = clock()
        self._applied: list[Applied] = []

    @property
    def hello(self) -> Hello:
        """What was recorded."""
        return self._hello

    @property
    def seekable(self) -> bool:
        """Every moment can be shown."""
        return True

    def poll(self) -> Update:
        """Go on by the wall clock, and tell what is new."""
        self._go_on()
        if self._withheld and self._missed:
            self._withheld = False
            self._shown_frame_ns = -1  # to be drawn again, with its series
        applied, self._applied = tuple(self._applied), []
        rewound, self._rewound = self._rewound, False
        return Update(
            status=self._status(),
            view=self._new_view(),
            lines=self._new_lines(rewound),
            rewound=rewound,
            applied=applied,
        )

    def announce(self, news: Callable[[], None]) -> None:
        """Nothing happens here between two polls."""

    def series_names(self) -> Sequence[str]:
        """Every metric of the recording."""
        return self._playback.metric_names()

    def history(self, name: str) -> History:
        """The named series up to the moment shown."""
        whole = self._whole(name)
        if whole is None:
            return History()
        upto = int(whole.times_ns.searchsorted(self._at_ns, side="right"))
        return History(whole.times_ns[:upto], whole.values[:upto])

    def overview(self, name: str) -> History:
        """The named series over the whole recording."""
        whole = self._whole(name)
        return History() if whole is None else History(whole.times_ns, whole.values)

    def _whole(self, name: str) -> "Series | None":
        series = self._series.get(name)
        if self._withheld:
            self._missed = True
        elif series is None and name in self._metric_names:
            series = self._series[name] = self._playback.series(name)
        return series

    def markers(self) -> Sequence[Marker]:
        """Moments somebody named, in the run or in this replay."""
        return self._markers

    def milestones(self) -> Sequence[MilestoneView]:
        """All of the recording, as its last frame knows them; times after it are unknown."""
        return self._milestones

    def send(self, command: Command) -> None:
        """Pace, pause, step by frames, seek, mark."""
        detail = ""
        match command:
            case Pace(multiplier=multiplier, auto=auto):
                self._pace = None if auto else multiplier
            case Pause():
                self._paused = True
            case Resume():
                self._paused = False
            case Step(count=count):
                self._step(count)
            case Seek(t_ns=t_ns):
                self._seek(t_ns)
            case Mark(name=name):
                self._markers.append(Marker(self._at_ns, name))
                self._markers.sort(key=lambda marker: marker.t_ns)
                detail = f"{name} (kept until the replay ends: a recording is never changed)"
            case _:
                return
        if detail:  # what the others do is seen
            name = type(command).__name__.lower()
            self._applied.append(Applied(t_ns=self._at_ns, command=name, detail=detail))

    def close(self) -> None:
        """Nothing to do: whoever opened the recording closes it."""

    def _go_on(self) -> None:
        now = self._clock()
        elapsed, self._wall = now - self._wall, now
        if self._paused or self._at_ns >= self._end_ns:
            return
        pace = self._pace
        if pace == 0:  # as fast as possible: through the whole recording in a hundred polls
            reached = self._at_ns + max(1, self._end_ns // 100)
        else:
            elapsed = min(elapsed, LATE_S) if pace is None else elapsed
            reached = self._viewing.go_on(self._at_ns, elapsed, pace)
        self._at_ns = min(self._end_ns, reached)

    def _seek(self, t_ns: int) -> None:
        t_ns = min(max(0, t_ns), self._end_ns)
        self._rewound = self._rewound or t_ns < self._at_ns
        self._at_ns = t_ns

    def _step(self, count: int) -> None:
        times = self._playback.frame_times_ns
        if not times:
            return
        place = bisect_right(times, self._at_ns) - 1 + count
        self._paused = True
        self._seek(times[min(max(0, place), len(times) - 1)])

    def _new_view(self) -> RegionView | None:
        frame = self._playback.frame_at(self._at_ns)
        if frame is None or frame.t_ns == self._shown_frame_ns:
            return None
        self._shown_frame_ns = frame.t_ns
        return self._view_of(frame.t_ns, frame.body)

    def _view_of(self, t_ns: int, body: bytes) -> RegionView:
        try:
            return self._decode(body)
        except msgspec.MsgspecError as error:
            raise RecordingError(
                f"{self._hello.recording}: the frame at {t_ns} ns cannot be shown: {error}"
            ) from error

    def _new_lines(self, rewound: bool) -> tuple[NarrationView, ...]:
        if rewound:
            self._shown_lines = 0
        first = self._shown_lines
        last = self._shown_lines = max(first, bisect_right(self._line_times_ns, self._at_ns))
        return tuple(self._lines[first:last])

    def _status(self) -> Status:
        over = self._at_ns >= self._end_ns
        words = "end of the recording" if self._finished else "the recording stops here, unfinished"
        done = Done(t_ns=self._at_ns, digest=self._digest, summary=words) if over else None
        pace = self._tempo.pace(self._at_ns) if self._pace is None else self._pace
        return Status(
            t_ns=self._at_ns,
            pace=pace,
            auto=self._pace is None,
            speed=0.0 if self._paused or over else pace,
            halted=self._paused,
            recording_bytes=self._size,
            done=done,
        )


def _forked_at_ns(recording: Recording) -> int | None:
    """From when on the run is its own, when it was forked from another."""
    at = recording.meta.get("parent_at_ns")
    if not recording.meta.get("parent") or len(at) > 19 or not (at.isascii() and at.isdigit()):
        return None  # a file may say anything
    return int(at)
