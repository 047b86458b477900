"""`outage-tui tour`: ten stops through the outage, each explained where it can be seen.

The tour replays a recording: one that is named, or one of the small scenario, which is made when
there is none yet and kept in the folder of recordings. Where a stop is follows from what the
recording says happened, never from a time of day, so a tour of another seed stops where it should.
"""

import sys
import time
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs
import trio

from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.errors import RecordingError
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.auto_pace import dns_turns
from outage_tui.interruption import interruptible
from outage_tui.mishap import BadUsage
from outage_tui.output import is_terminal
from outage_tui.recorder import SteadyFlush, close_recording, open_recording
from outage_tui.recordings_folder import SUFFIX, beside, recordings_folder
from outage_tui.replay import opened

SCENARIO: Final = "small"
KEPT_NAME: Final = f"tour-{SCENARIO}{SUFFIX}"
RENEW_S: Final = 0.2
BAR_CELLS: Final = 24


@attrs.frozen
class Night:
    """What happened in a recording, by which stops are found."""

    milestones: dict[str, int]
    """When each milestone was reached, virtual nanoseconds."""
    actions: dict[str, int]
    """When each action first took effect."""
    turns: tuple[tuple[int, str], ...]
    """When the regional name became stale, empty, ok."""
    plans_ns: tuple[int, ...]
    """When the regional name was given another plan."""
    last_line_ns: int
    """When the last line of the narration was told."""
    _playback: Playback

    @classmethod
    def of(cls, playback: Playback) -> "Night":
        """Read it. Raises BadRecording when the recording is damaged."""
        actions: dict[str, int] = {}
        for action in playback.actions():
            if action.result == "done":
                actions.setdefault(action.id, action.t_ns)
        return cls(
            {milestone.id: milestone.t_ns for milestone in playback.milestones()},
            actions,
            tuple(dns_turns(playback)),
            tuple(change.t_ns for change in playback.dns_changes()),
            max((line.t_ns for line in playback.narration()), default=0),
            playback,
        )

    def turned(self, state: str) -> int | None:
        """When the regional name first became so."""
        return next((t_ns for t_ns, became in self.turns if became == state), None)

    def fallen_to_half(self, name: str, after_ns: int | None) -> int | None:
        """When a series had fallen to half of what it was at a moment."""
        found = self._after(name, after_ns)
        return None if found is None else found.first(lambda value, start: value <= start / 2)

    def highest(self, name: str, after_ns: int | None) -> int | None:
        """When a series first was as high as it ever became after a moment."""
        found = self._after(name, after_ns)
        if found is None or max(found.values) <= found.values[0]:
            return None
        return found.times_ns[found.values.index(max(found.values))]

    def _after(self, name: str, after_ns: int | None) -> "_Rest | None":
        if after_ns is None or name not in self._playback.metric_names():
            return None
        series = self._playback.series(name)
        first = int(series.times_ns.searchsorted(after_ns, side="right"))
        rest = _Rest(series.times_ns[first:].tolist(), series.values[first:].tolist())
        return rest if rest.values else None


@attrs.frozen
class _Rest:
    """A series from a moment on."""

    times_ns: list[int]
    values: list[float]

    def first(self, fits: Callable[[float, float], bool]) -> int | None:
        """The first time whose value fits, judged beside the first value."""
        start = self.values[0]
        pairs = zip(self.times_ns, self.values, strict=True)
        return next((t_ns for t_ns, value in pairs if fits(value, start)), None)


def _shown_ns(playback: Playback, t_ns: int) -> int:
    """When the recording first shows what happened then: frames are some seconds apart."""
    times_ns = playback.frame_times_ns
    place = bisect_left(times_ns, t_ns)
    return times_ns[place] if place < len(times_ns) else t_ns


@attrs.frozen
class Stop:
    """A moment to halt at, and what to say there."""

    title: str
    panel: str
    """Part of the dashboard to look at."""
    text: str
    closer: str
    """Where and with which keys more of it can be seen."""
    source: str
    """Where it is known from."""
    find: Callable[[Night], int | None]
    """The moment in a recording; None: it did not happen there."""


@attrs.frozen
class FoundStop:
    """A stop in a recording."""

    number: int
    stop: Stop
    t_ns: int


def found_stops(playback: Playback) -> tuple[FoundStop, ...]:
    """The stops that this recording has, in order; each is later than the one before.

    Raises BadRecording when it is damaged.
    """
    night = Night.of(playback)
    found: list[FoundStop] = []
    for number, stop in enumerate(STOPS, 1):
        happened_ns = stop.find(night)
        t_ns = None if happened_ns is None else _shown_ns(playback, happened_ns)
        if t_ns is not None and (not found or t_ns > found[-1].t_ns):
            found.append(FoundStop(number, stop, t_ns))
    return tuple(found)


STOPS: Final = (
    Stop(
        "DNS does its work",
        "dns",
        "A Planner keeps making plans: which load balancers answer for each of DynamoDB's names. "
        "Three Enactors, in three zones, carry the plans into Route 53 without waiting for each "
        "other. Before a pass an Enactor checks once that its plan is newer than what is there; "
        "then it walks through all names, and afterwards deletes plans that are old.",
        "Panel 1: each Enactor, its plan, and how far its pass has come.",
        "the provider's summary, DynamoDB; talk DAT453",
        lambda night: night.plans_ns[1] if len(night.plans_ns) > 1 else None,
    ),
    Stop(
        "The race",
        "dns",
        "One Enactor has been held up for many plans (why was never published: it is staged "
        "here). Now it goes on, and as its only check is long past, its old plan replaces the "
        "newest one. At that moment another Enactor, done with a fresh plan, begins to delete old "
        "plans by their age. Whether somebody uses them, it does not ask.",
        "The answers still work, out of date. The next stop is a second away.",
        "the provider's summary, DynamoDB; talk DAT453; the delay is staged",
        lambda night: night.turned("stale"),
    ),
    Stop(
        "The empty answer",
        "dns",
        "The plan that the regional name points to has been deleted. The name is still there, so "
        "nobody gets an error: resolvers get an answer without an address. And no Enactor can "
        "repair it. Each new plan must first keep the plan in use as the way back, and as that "
        "is gone, every batch is refused from now on.",
        "Panel 1: what dig would say. The rollback tree is unharmed.",
        "the provider's summary, DynamoDB; talk DAT453",
        lambda night: night.turned("empty"),
    ),
    Stop(
        "Two kinds of resolvers",
        "services",
        "Operators have forced DynamoDB's addresses on the resolvers of the internal network. "
        "Services that ask those, such as STS and IAM, come back. Customers ask others, which "
        "still learn from Route 53 that there is no address; EC2, Lambda and Redshift wait too.",
        "Panel 6: who is down since when and through what. Panel 1: resolvers.",
        "Pragmatic Engineer, 17 Dec 2025; summary; who asks whom is inferred",
        lambda night: night.milestones.get("sts_first_wave_over"),
    ),
    Stop(
        "Leases run out",
        "leases",
        "Every physical server, called a droplet, is held under a lease by its manager, the "
        "DropletWorkflow Manager, and a lease is renewed by a check that needs DynamoDB. For hours "
        "none has worked, so lease after lease has run out. What runs goes on running, but a "
        "droplet without a lease is no candidate for a launch.",
        "Panel 2: broken leases and their curve. Panel 3: launches by result.",
        "the provider's summary, EC2; lease length and fleet are assumed",
        lambda night: night.actions.get("dns.stop_automation"),
    ),
    Stop(
        "DynamoDB is back, EC2 is not",
        "leases",
        "People have pointed the name at its rollback tree, and DynamoDB answers. Now all lost "
        "leases are to be made at once. An attempt waits longer than it may take, so it fails, is "
        "queued again, and its work is done all the same, in vain. The load keeps itself up after "
        "its cause is gone: congestive collapse, a metastable failure.",
        "Panel 2: how much of the work ends in time. Waiting will not help.",
        "the provider's summary, EC2; the queue's mechanism is assumed",
        lambda night: night.milestones.get("dynamodb_recovered"),
    ),
    Stop(
        "Throttle and restart",
        "leases",
        "Operators let only a few attempts be under way at a time and restarted the managers zone "
        "by zone, which threw their queues away. Nothing works faster than before. But what is let "
        "in ends in time now, so it counts, and half of the broken leases are already whole.",
        "Panel 2: no work is late any more, and the verdict says when it is done.",
        "the provider's summary, EC2; sizes of throttle and gaps are assumed",
        lambda night: night.fallen_to_half("dwfm.broken", night.actions.get("dwfm.throttle")),
    ),
    Stop(
        "Instances without a network",
        "launches",
        "Leases are whole and launches succeed, though limited. But the Network Manager owes the "
        "network state of everything launched now and ended in the night, and it falls behind: "
        "new instances run and cannot be reached until their turn comes. Those that ran before "
        "notice nothing.",
        "Panel 3: how long network state waits, how many instances are cut off.",
        "the provider's summary, EC2; its rates are assumed",
        lambda night: night.milestones.get("nm_latency_rises"),
    ),
    Stop(
        "Healthy, unhealthy, healthy",
        "nlb",
        "Load balancers took in hosts whose network state had not come. Checks fail, then pass, "
        "and sound nodes leave DNS and return. That keeps the checkers busier, results come late, "
        "and the automatic failover takes whole zones out. In what remains there is too little, "
        "and services that had recovered fail again.",
        "Panel 4: zones out, how late checks are, capacity left against demand.",
        "the provider's summary, NLB; whose hosts flapped is one of two readings",
        lambda night: night.highest("nlb.zones_out", night.milestones.get("nm_latency_rises")),
    ),
    Stop(
        "Recovery, and what would have helped",
        "timeline",
        "Failover was switched off by hand, limits were lifted in steps, and all is well but some "
        "Redshift clusters. What would have helped: to compare plans once more in the batch that "
        "writes; to spare plans in use when old ones are deleted; to admit only as much lease work "
        "as can end in time. `outage-tui what-if list` names such changes, and tries them.",
        "8, then e: all milestones beside the real ones. Panel 7: the story.",
        "the provider's summary, remedies; the what-ifs of this project",
        lambda night: night.last_line_ns if "event_over" in night.milestones else None,
    ),
)
"""In the order of the night."""


# The command -------------------------------------------------------------------------------------


def tour(path: Path | None, *, ascii_only: bool, theme: str = "") -> int:
    """Lead through a recording. Raises RecordingError or BadUsage."""
    if not is_terminal():
        raise BadUsage("a tour needs a terminal; docs/mechanisms.md tells the same in words")
    chosen = path or tour_recording()
    with Recording(chosen) as recording:
        stops = found_stops(Playback(recording))
    if not stops:
        raise BadUsage(f"{chosen}: none of the tour's stops happened in this run; record a longer")
    with opened(chosen, None) as source:
        from outage_tui.dashboard.screens.tour_screen import run_tour

        return run_tour(source, stops, len(STOPS), ascii_only=ascii_only, theme=theme)


def tour_recording() -> Path:
    """The recording that is kept for tours; made now if there is none for this scenario.

    Raises BadUsage when it can be neither found nor made.
    """
    folder = recordings_folder()
    kept = folder / KEPT_NAME
    scenario = Scenario.load(SCENARIO)
    if _is_good(kept, scenario):
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _made(scenario, kept)
    except OSError as error:
        problem = f"{folder}: the tour's recording cannot be kept there ({error.strerror})"
        raise BadUsage(f"{problem}; name a recording, or set OUTAGE_TUI_RECORDINGS") from error


def _is_good(path: Path, scenario: Scenario) -> bool:
    """Whether a recording is there, complete, and of this very scenario."""
    if not path.is_file():
        return False
    try:
        with Recording(path) as recording:
            return recording.meta.finished and recording.meta.scenario == scenario.text()
    except RecordingError:
        return False


def _made(scenario: Scenario, path: Path) -> Path:
    """Run and record; the file has its name only once it is complete."""
    unfinished = path.with_name(f"{path.stem}-{time.time_ns()}{SUFFIX}")
    writer = open_recording(unfinished, scenario, "outage-tui tour", scenario.duration_ns)
    assert writer is not None
    simulation = Simulation(scenario, sink=writer, keeper=writer)
    flush, told = SteadyFlush(writer), _ProgressBar("making the tour's recording, once")

    def look() -> None:
        flush()
        told(simulation.world.now / scenario.duration_ns)

    simulation.world.on_slice = look
    try:
        trio.run(
            interruptible, simulation.run, lambda: close_recording(writer, simulation, "complete")
        )
        if writer.failure is not None or simulation.world.now < scenario.duration_ns:
            raise BadUsage(f"{unfinished}: not recorded to its end: {writer.failure or 'stopped'}")
        return unfinished.replace(path)
    finally:
        told.clear()
        for left in (unfinished, *beside(unfinished)):
            left.unlink(missing_ok=True)


class _ProgressBar:
    """How far something is and how long it will still take, on standard error."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun_s = self._next_s = time.monotonic()

    def __call__(self, share: float) -> None:
        """So much of it is done."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + RENEW_S
            sys.stderr.write("\r" + bar_words(self._what, share, now_s - self._begun_s))
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave an empty line for what comes next."""
        sys.stderr.write("\r" + " " * 79 + "\r")
        sys.stderr.flush()


def bar_words(what: str, share: float, elapsed_s: float) -> str:
    """`making it [######......] 50 %, 4 s left `: always 79 characters."""
    cells = round(min(1.0, max(0.0, share)) * BAR_CELLS)
    left = "" if share < 0.02 else f", {elapsed_s * (1 - share) / share:.0f} s left"
    bar = "#" * cells + "." * (BAR_CELLS - cells)
    return f"{what} [{bar}] {share:.0%}{left}".ljust(79)[:79]
