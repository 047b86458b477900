"""How a viewer moves through a run: halt, pace, step, mark, and to any moment of a recording."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.keys import PACES
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.viewing import Viewing
from outage_tui.link_messages import Mark, Pace, Pause, Resume, Seek, Step

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.scene import Scene

_LIVE_ONLY_FORWARD: Final = "a live run cannot be wound back; replay its recording for that"


class Travel(Viewing):
    """Halt, pace, step, mark and seek."""

    _clock: wording.Clock
    _held: Scene | None

    # The run -----------------------------------------------------------------------------------

    def action_halt(self) -> None:
        """Halt, or go on."""
        halted = self._status is not None and self._status.halted
        self._source.send(Resume() if halted else Pause())
        self._say("goes on" if halted else "halted")
        self.tick()

    def action_pace(self, steps: int) -> None:
        """Faster, slower, or automatic."""
        status = self._status
        if status is None:
            return
        if steps == 0:
            self._source.send(Pace(auto=True))
            self._say("automatic pace")
        else:
            pace = next_pace(status.pace, steps)
            self._source.send(Pace(multiplier=pace))
            self._say(f"pace {wording.pace(pace)}")
        self.tick()

    def action_pace_of(self, pace: float) -> None:
        """This pace; 0 is as fast as possible."""
        self._source.send(Pace(multiplier=pace))
        self._say(f"pace {wording.pace(pace)}")
        self.tick()

    def action_step(self, steps: int) -> None:
        """One event (live, halted) or one frame (replay)."""
        if not self._source.seekable and steps < 0:
            self._tell(_LIVE_ONLY_FORWARD)
            return
        if self._status is not None and not self._status.halted:
            self._source.send(Pause())
        self._source.send(Step(steps))
        self.tick()

    def action_mark(self) -> None:
        """Ask for a name and mark this moment."""

        def take(name: str | None) -> None:
            if name:
                self._source.send(Mark(name))
                self._say(f"marked: {name}")
                self.tick()

        self.push_screen(AskScreen("Name of this moment"), take)

    # Seeking -----------------------------------------------------------------------------------

    def action_seek(self, minutes: int) -> None:
        """Some minutes on or back."""
        if self._status is not None:
            self._seek(self._status.t_ns + minutes * wording.MINUTE_NS)

    def action_seek_end(self, last: bool) -> None:
        """To the beginning or the end."""
        self._seek(int(self._source.hello.duration_s * 1e9) if last else 0)

    def action_milestone(self, steps: int) -> None:
        """To the previous or the next milestone or marker."""
        scene = self.scene()
        if scene is None:
            return
        now = scene.status.t_ns
        moments = sorted(
            [scene.clock.of_minutes(m.t_min) for m in scene.milestones if m.t_min is not None]
            + [marker.t_ns for marker in scene.markers]
        )
        if steps > 0:
            later = [t_ns for t_ns in moments if t_ns > now + wording.SECOND_NS]
            target = later[0] if later else None
        else:
            # While it runs, a second press must not find the moment that has just gone by.
            passed_ns = round(max(1.0, scene.status.speed) * wording.SECOND_NS)
            earlier = [t_ns for t_ns in moments if t_ns < now - passed_ns]
            target = earlier[-1] if earlier else None
        if target is None:
            self._tell("no milestone there")
        else:
            self._seek(target)

    def action_go_to(self) -> None:
        """Ask for a time."""

        def take(answer: str | None) -> None:
            if not answer:
                return
            t_ns = moment_of(answer, self._clock)
            if t_ns is None:
                named = [m.t_ns for m in self._source.markers() if m.name == answer]
                t_ns = named[0] if named else None
            if t_ns is None:
                self._tell(f"not a time or a marker: {answer} (say 04:14 or T+266m)")
            else:
                self._seek(t_ns)

        self.push_screen(AskScreen("Go to (04:14, T+266m or a marker)"), take)

    def action_go_to_ns(self, t_ns: int) -> None:
        """To a moment, in virtual nanoseconds."""
        self._seek(t_ns)

    def _seek(self, t_ns: int) -> None:
        if not self._source.seekable:
            self._tell(_LIVE_ONLY_FORWARD)
            return
        last = int(self._source.hello.duration_s * 1e9)
        self._held = None
        self._source.send(Seek(max(0, min(last, t_ns))))
        self.tick()


def next_pace(pace: float, steps: int) -> float:
    """The next faster (steps > 0) or slower pace of the ladder; the ends stay."""
    top = float("inf")
    now = pace if pace > 0 else top
    ladder = [rung if rung > 0 else top for rung in PACES]
    if steps > 0:
        chosen = next((rung for rung in ladder if rung > now), top)
    else:
        chosen = next((rung for rung in reversed(ladder) if rung < now), ladder[0])
    return 0.0 if chosen == top else chosen


def moment_of(text: str, clock: wording.Clock) -> int | None:
    """Virtual nanoseconds of `04:14`, `04:14:30` or `T+266m`; None when it is neither."""
    relative = re.fullmatch(r"[Tt]([+-]\d+(?:\.\d+)?)m?", text.strip())
    if relative:
        return clock.of_minutes(float(relative[1]))
    absolute = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text.strip())
    if absolute is None or int(absolute[1]) > 23 or int(absolute[2]) > 59:
        return None
    start = clock.at(0)
    seconds = int(absolute[1]) * 3600 + int(absolute[2]) * 60 + int(absolute[3] or 0)
    since_start = seconds - (start.hour * 3600 + start.minute * 60 + start.second)
    return (since_start % 86_400) * wording.SECOND_NS
