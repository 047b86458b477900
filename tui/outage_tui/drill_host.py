"""The host of a drill: one process that holds the run, the truth and the journal, and plays.

Started as `python -m outage_tui.drill_host`. The first line of its standard input is the order
(what to play), every further line a request of the terminal that started it; frames go to standard
output (`drill_link`). That terminal plays `solo`, or is the facilitator of a drill that others join
through the door.

The run never waits inside a moment: it stands at a whole virtual second, what was asked meanwhile
is carried out there, and then it goes on as far as the clock allows (`drill_pace`). So a play is
its drill, seed and commands with their moments; freezes, paces and connections leave no trace.
Going back to a moment is another run with the commands before it, into a recording of its own. When
the play is over the run goes on silently to the latest end, where outcomes are taken.

When the first terminal leaves, the drill is over. SIGTERM and the like end it at once, with its
recording closed. The exit status is 0, or 1 when the run or its recording failed.
"""

import os
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from outage_agents.drills.director import SeatFacts
from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.drill_file import read_drill
from outage_agents.drills.journal import Command, Entry, Staff, Stop, Wait, commands_of
from outage_agents.drills.players import StampedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_engine.clock import SECOND
from outage_engine.errors import OutageError
from outage_tui.drill_door import DoorOrder, keep_door
from outage_tui.drill_keeping import DrillKeeping
from outage_tui.drill_link import (
    FACILITATOR,
    LEVEL_NOT_TOLD,
    Answer,
    Attend,
    Ended,
    Enter,
    Failed,
    Freeze,
    GoBack,
    Leave,
    Progress,
    Request,
    Returned,
    Say,
    SetPace,
    Tempo,
    Thaw,
    Welcome,
    encode_frame,
)
from outage_tui.drill_pace import PACE_MAX, DrillPace, PlayClock, Scene, Until
from outage_tui.drill_seats import GONE, PARTING_S, WATCHING, Connection, Seats
from outage_tui.drill_states import SeatStates
from outage_tui.host import NICENESS, ORDER_BYTES_MAX
from outage_tui.interruption import interruptible
from outage_tui.mishap import DONE, FAILED, USAGE, Terminated, write_log

if TYPE_CHECKING:
    from outage_agents.drills.drill import Drill

PUBLISH_S, FACILITATOR_S = 0.2, 0.5
"""Wall seconds between two states of a seat, and of the facilitator."""
HEARTBEAT_S = 1.0
"""While time stands, clocks on the wall go on."""
OVER = "the drill is over"
PIECE_BYTES = 65_536
NAP_MIN_S = 0.02
STEER = (Freeze, Thaw, SetPace, GoBack)
TOGETHER = ("commander", "operations", "communications", "scribe")
"""Seats of a drill that is hosted."""
COMMANDS = ("solo", "commander")
"""Seats whose waits are everybody's."""
AWAY_S = 20.0
"""Wall seconds for which a seat is kept for somebody whose connection broke, before a character
plays it."""


class Order(msgspec.Struct, frozen=True):
    """What to play; the first line of the host's input."""

    label: str
    """By which the drill is known: its name, or the path of its file."""
    text: str
    """The drill's file."""
    command: str
    """The command line that plays it again."""
    seed: int | None = None
    record: str | None = None
    """Path of the recording; None: nothing is kept."""
    seat: str = "solo"
    """Where the first terminal sits: `solo`; or `facilitator`, or at a seat, when others join."""
    verb_cost: bool = False
    """Time stands and each command costs some; for a drill that is played solo."""
    name: str = ""
    """Of whoever started it."""
    door: DoorOrder | None = None
    """How others join; None: nobody can."""

    @property
    def together(self) -> bool:
        """Others may join."""
        return self.seat != "solo"


class _Asked:
    """A request that waits for the run to stand still."""

    def __init__(self, connection: Connection, request: Request) -> None:
        self.connection = connection
        self.request = request
        self.done = trio.Event()


class DrillHost:
    """One drill, everybody who is connected to it, and the run. It is the `Hall` of `drill_seats`.

    A play is a sequence of branches: the first begins where the drill does, each later one at a
    moment to which somebody went back.
    """

    def __init__(self, order: Order, drill: "Drill") -> None:
        """Raises InputError when the drill's run cannot be prepared."""
        self.drill = drill
        self._order = order
        self._scenario, self._begin_ns, self._end_ns = prepared(drill, order.seed)
        people = {person.name: person.role for person in drill.characters}
        self.seats = Seats(self, TOGETHER if order.together else ("solo",), people)
        self.exit_status = DONE
        self._run = trio.CancelScope()
        self._asked: deque[_Asked] = deque()
        self._stir = trio.Event()
        self._busy = "the run comes to its beginning"
        self._leaving = False
        self._back_to_ns: int | None = None
        self._stood_ns = self._begin_ns
        """Where the play stands, or stood when it was over."""
        self._ended: Ended | None = None
        self._branches: list[str] = []
        self._away: dict[str, float] = {}
        self._staff: tuple[str, ...] | None = None
        path = None if order.record is None else Path(order.record)
        self._keeping = DrillKeeping(
            path, command=order.command, drill=order.text, on_failure=self._recording_failed
        )
        self._pace = DrillPace(
            begin_ns=self._begin_ns,
            end_ns=self._end_ns,
            length_min=drill.length_min,
            cost_s=drill.cost_s if order.verb_cost else None,
        )
        self._next_state_s = 0.0
        self._next_facilitator_s = 0.0
        self._speed = 0.0
        self._speed_from = (0.0, 0)

    # -- the whole of it -----------------------------------------------------------------------

    async def live(self, starter: Connection) -> None:
        """Play until the first terminal has left. Raises what a run can fail with."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.seats.serve, starter)
            if self._order.door is not None:
                nursery.start_soon(keep_door, self._order.door, self.seats, self._noticed)
            try:
                with self._run:
                    await self._play()
            except OutageError as error:
                self.exit_status = FAILED
                failed = Failed(reason=str(error), log=write_log(), exit_code=FAILED)
                await self.seats.part(failed)
            else:
                if self._ended is None:
                    self.seats.tell(self._broken_off())
                await self.seats.part()
            nursery.cancel_scope.cancel()

    def _broken_off(self) -> Ended:
        why = "whoever started the drill has left"
        return Ended(self._stood_ns, why, FACILITATOR)

    async def _play(self) -> None:
        before: tuple[Entry, ...] = ()
        at_ns = self._begin_ns
        while True:
            stage = self._new_stage()
            try:
                async with stage.simulation.world.running():
                    await self._set_out(stage, before, at_ns)
                    await self._go_on(stage)
                    if stage.director.over:
                        await self._run_out(stage)
            finally:
                self._keeping.close(stage, stage.director.over or "stopped early")
                if self._keeping.failure is not None:
                    self.exit_status = FAILED
            if stage.director.over:
                await self._after(stage)
            if self._back_to_ns is None:
                return
            at_ns, self._back_to_ns = self._back_to_ns, None
            before = commands_of(stage.journal, at_ns)
            self._begin_branch(stage, at_ns)

    def _new_stage(self) -> Stage:
        try:
            stage = Stage.of(self.drill, seed=self._order.seed, make_keeper=self._keeping.open)
        except BaseException:
            self._keeping.abandon()
            raise
        self._keeping.watch(stage)
        return stage

    def _begin_branch(self, stage: Stage, at_ns: int) -> None:
        self._ended = None
        if self._keeping.path is not None:
            self._branches.append(str(self._keeping.path))
        self._keeping = self._keeping.branch(at_ns, stage.simulation.world.digest)
        clock = stage.simulation.scenario.clock(at_ns)
        self.seats.tell(Returned(at_ns, f"the drill goes on from {clock}"))

    # -- a branch ------------------------------------------------------------------------------

    async def _set_out(self, stage: Stage, before: tuple[Entry, ...], at_ns: int) -> None:
        """Bring a stage to where people take over: the beginning, or what they went back to."""
        goes_back = bool(self._branches) or at_ns > self._begin_ns
        what = "going back" if goes_back else "the run comes to its beginning"
        self._busy = what
        stage.simulation.world.on_slice = self._progress(stage, what, 0, at_ns)
        await stage.come_to_begin()
        await stage.repeat(StampedPlayer(before), at_ns, self._keeping.keep)
        stage.simulation.world.on_slice = None
        self._busy = ""
        self.seats.tell(Progress(what, 1.0))
        self._pace.begin_again(at_ns)
        self._stood_ns = at_ns
        staffed = [one.command for one in stage.journal if isinstance(one.command, Staff)]
        self._staff = tuple(staffed[-1].seats) if staffed else None
        if (goes_back or self._order.together) and not self._order.verb_cost:
            self._freeze(stage, frozen=True)

    async def _go_on(self, stage: Stage) -> None:
        """Let people play, until it is over or somebody goes back."""
        clock, states = PlayClock(stage.now_ns), SeatStates(stage)
        kept = len(stage.director.journal)
        self._next_state_s = self._next_facilitator_s = 0.0
        while not stage.director.over and self._back_to_ns is None:
            self._take_turns(stage)
            if stage.director.over or self._back_to_ns is not None:
                break
            wall_s = trio.current_time()
            going = self._pace.going(self._scene(stage, states, wall_s))
            target_ns = clock.reached(wall_s, going, stage.now_ns)
            if target_ns > stage.now_ns:
                await stage.go_to(target_ns)
                entries = stage.director.journal.entries
                facts = SeatFacts(stage.director, stage.now_ns)
                self._pace.looked(facts, [one.kind for one in entries[kept:]])
                if len(entries) > kept:
                    self._next_state_s = 0.0  # a page is seen at the moment it comes
                kept, self._stood_ns = len(entries), stage.now_ns
            self._keeping.commit_steadily(stage)
            self._measure(wall_s, stage.now_ns)
            tempo = self._tempo(going.multiplier, going.why)
            self._publish(stage, states, tempo, wall_s)
            if target_ns == stage.now_ns and going.multiplier < float("inf"):
                await self._nap(clock.next_second_s(going))
            else:
                await trio.lowlevel.checkpoint()
        if stage.director.over:
            self._publish(stage, states, self._tempo(0.0, stage.director.over), 0.0)
        self._refuse_waiting(OVER if stage.director.over else "the drill goes back")

    async def _run_out(self, stage: Stage) -> None:
        """The play is over; the run goes on to where outcomes are taken."""
        self._busy = OVER
        what = "counting what it cost"
        stage.simulation.world.on_slice = self._progress(stage, what, stage.now_ns, self._end_ns)
        await stage.run_out()

    async def _after(self, stage: Stage) -> None:
        """It is over: everybody is told; who may steer can still go back, or leave."""
        last = [entry for entry in stage.journal if entry.kind == "over"][-1]
        self._ended = Ended(last.t_ns, stage.director.over, last.subject)
        for connection in self.seats:
            self._tell_end(connection)
        states = SeatStates(stage)  # anew: the score is now that of the whole span
        while self._back_to_ns is None and not self._leaving:
            self._publish(stage, states, self._tempo(0.0, stage.director.over), 0.0)
            await self._stir.wait()
            self._stir = trio.Event()
            while self._asked and self._back_to_ns is None:
                asked = self._asked.popleft()
                if isinstance(asked.request, GoBack):
                    answer, refused = self._go_back(stage, asked.request.t_ns)
                else:
                    answer, refused = f"the drill is over: {stage.director.over}", True
                self._answer(asked, answer, refused=refused)

    def _tell_end(self, connection: Connection) -> None:
        assert self._ended is not None
        path = self._keeping.path
        may_open = connection.may_steer and connection.is_local and self._keeping.failure is None
        shown = str(path.resolve()) if path is not None and may_open else None
        command = self._order.command if connection.may_steer else ""
        connection.send(msgspec.structs.replace(self._ended, recording=shown, command=command))

    def _progress(self, stage: Stage, what: str, first_ns: int, last_ns: int) -> Callable[[], None]:
        """What tells everybody how far a stretch is that nobody plays in; for `world.on_slice`."""
        world, due = stage.simulation.world, [0.0]

        def look() -> None:
            now_s = trio.current_time()
            if now_s < due[0]:
                return
            due[0] = now_s + PUBLISH_S
            share = (world.now - first_ns) / max(1, last_ns - first_ns)
            self.seats.tell(Progress(what, min(0.999, max(0.0, share))))
            self._keeping.commit_steadily(stage)

        return look

    # -- what is asked -------------------------------------------------------------------------

    def welcome(self, connection: Connection) -> Welcome:
        """What a client that has been let in is told first."""
        door = self._order.door if connection.is_starter else None
        knows = connection.may_steer or connection.is_starter
        return Welcome(
            seat=connection.seat,
            drill=self.drill.id if knows else "",
            title=self.drill.title,
            level=self.drill.level if knows else LEVEL_NOT_TOLD,
            length_min=self.drill.length_min,
            start=self._scenario.start,
            begin_ns=self._begin_ns,
            end_ns=self._end_ns,
            seats=self.seats.playable,
            verb_cost=self._order.verb_cost,
            may_steer=connection.may_steer,
            address="" if door is None else door.address,
            invitations=()
            if door is None
            else door.invitations(self.seats.playable, blind=not connection.sees_truth),
            ticket=connection.ticket,
        )

    def entered(self, connection: Connection) -> None:
        """Somebody has sat down."""
        self._away.pop(connection.seat, None)
        if self._ended is not None:
            self._tell_end(connection)
        self._next_state_s = self._next_facilitator_s = 0.0
        self._stir.set()

    def left(self, connection: Connection) -> None:
        """Somebody has gone; the drill with them when they started it."""
        if connection.seat in TOGETHER and not self.seats.at(connection.seat):
            self._away[connection.seat] = trio.current_time()
        if connection.is_starter:
            self._run.cancel()
        self._next_state_s = 0.0
        self._stir.set()

    async def hear(self, connection: Connection, request: Request) -> None:
        """Take a request; returns when it has been answered."""
        n = getattr(request, "n", 0)
        match request:
            case Leave():
                self._leave(connection)
            case Attend(what=what):
                if not (what and connection.attends):
                    connection.attends_since_s = trio.current_time()
                connection.attends = what
                self._stir.set()
            case Enter():
                connection.send(Answer(n, "you are in already", refused=True))
            case _ if isinstance(request, STEER) and not connection.may_steer:
                connection.send(Answer(n, "that is for the facilitator", refused=True))
            case _ if self._busy and self._ended is None:
                connection.send(Answer(n, f"{self._busy}; wait for it", refused=True))
            case _:
                asked = _Asked(connection, request)
                self._asked.append(asked)
                self._stir.set()
                await asked.done.wait()

    def _leave(self, connection: Connection) -> None:
        """Somebody says that they go. The one who started it ends it, and is still told the end."""
        if not connection.is_starter:
            connection.hang_up()
            return
        self._leaving = True
        if self._busy and self._busy != OVER:
            self._run.cancel()
        self._stir.set()

    def _take_turns(self, stage: Stage) -> None:
        """Carry out what was asked, at the moment the run stands at."""
        self._restaff(stage)
        while self._asked and not stage.director.over and self._back_to_ns is None:
            asked = self._asked.popleft()
            answer, refused = self._carry_out(stage, asked.connection, asked.request)
            self._keeping.commit(stage)
            self._answer(asked, answer, refused=refused)
            self._next_state_s = self._next_facilitator_s = 0.0
        if self._leaving and not stage.director.over:
            stage.take(FACILITATOR, Stop("whoever started the drill has left"))

    def _carry_out(
        self, stage: Stage, connection: Connection, request: Request
    ) -> tuple[str, bool]:
        match request:
            case Say(command=command):
                ends = isinstance(command, Stop) and connection.may_steer  # a blind host, too
                return self._said(stage, FACILITATOR if ends else connection.seat, command)
            case Freeze():
                self._freeze(stage, frozen=True)
                return "frozen", False
            case Thaw():
                self._freeze(stage, frozen=False)
                return "goes on", False
            case SetPace(multiplier=multiplier, auto=auto):
                if self._order.verb_cost:
                    return "time stands in this drill, and every command costs some", True
                refusal = self._pace.choose(multiplier, auto=auto)
                return refusal or ("auto" if auto else f"x{multiplier:g}"), bool(refusal)
            case GoBack(t_ns=t_ns):
                return self._go_back(stage, t_ns)
            case _:
                return "not a request of a seat", True

    def _said(self, stage: Stage, seat: str, command: Command) -> tuple[str, bool]:
        before = len(stage.director.journal)
        answer = stage.take(seat, command)
        kinds = [one.kind for one in stage.director.journal.entries[before:]]
        if "refused" in kinds or "forbidden" in kinds:
            return answer, True
        if seat in COMMANDS:
            until = self._until(stage, command)
            if isinstance(command, Wait) and until is None:
                answer += f"; time does not hurry: {command.until!r} is no time and no reading"
            self._pace.said(command, stage.now_ns, until)
        return answer, False

    def _until(self, stage: Stage, command: Command) -> Until | None:
        if not isinstance(command, Wait):
            return None
        sensors = [one.id for one in self.drill.sensors]
        return Until.of(command, stage.now_ns, stage.simulation.scenario, sensors)

    def _go_back(self, stage: Stage, t_ns: int) -> tuple[str, bool]:
        at_ns = t_ns // SECOND * SECOND
        clock = stage.simulation.scenario.clock
        first, last = clock(self._begin_ns), clock(self._stood_ns)
        if not self._begin_ns <= at_ns <= self._stood_ns:
            return f"the drill can go back to {first} to {last}, where it stands", True
        if stage.director.over and at_ns == self._stood_ns:
            return f"the drill was over at {last}; go back further", True
        self._back_to_ns = at_ns
        return f"going back to {clock(at_ns)}", False

    def _freeze(self, stage: Stage, *, frozen: bool) -> None:
        self._pace.frozen = frozen
        if frozen:
            stage.director.freeze()
        else:
            stage.director.thaw()

    def _restaff(self, stage: Stage) -> None:
        """Say in the journal which seats people play, when that has changed."""
        if not self._order.together:
            return
        now_s = trio.current_time()
        played = tuple(
            seat
            for seat in TOGETHER
            if self.seats.at(seat) or now_s - self._away.get(seat, now_s - AWAY_S) < AWAY_S
        )
        if played != self._staff:
            self._staff = played
            stage.take(FACILITATOR, Staff(list(played)))

    def _answer(self, asked: _Asked, text: str, *, refused: bool) -> None:
        n = getattr(asked.request, "n", 0)
        if n or refused:  # who gives no number waits for no answer
            asked.connection.send(Answer(n, text, refused=refused))
        asked.done.set()

    def _refuse_waiting(self, why: str) -> None:
        while self._asked:
            self._answer(self._asked.popleft(), why, refused=True)

    # -- what is shown -------------------------------------------------------------------------

    def _scene(self, stage: Stage, states: SeatStates, wall_s: float) -> Scene:
        view = states.view("solo")
        editors = [
            (f"{one.attends} is open", one.attends_since_s)
            for one in self.seats
            if one.attends and one.seat not in WATCHING
        ]
        return Scene(
            wall_s,
            stage.now_ns,
            tuple(
                one.id
                for one in view.alerts
                if one.severity == "page" and not (one.acknowledged or one.clear)
            ),
            tuple(one.n for one in view.approvals),
            tuple(editors),
        )

    def _publish(self, stage: Stage, states: SeatStates, tempo: Tempo, wall_s: float) -> None:
        """Put the state of this moment on its way to everybody, when it is time (0: it is)."""
        wall_s = wall_s or float("inf")
        if wall_s < min(self._next_state_s, self._next_facilitator_s):
            return
        now_s = trio.current_time()
        present = self.seats.present()
        if wall_s >= self._next_state_s:
            self._next_state_s = now_s + PUBLISH_S
            for one in self.seats:
                if not one.sees_truth:
                    one.send(states.seat_state(one.seat, self._stood_ns, tempo, present))
        if wall_s >= self._next_facilitator_s:
            self._next_facilitator_s = now_s + FACILITATOR_S
            watching = [one for one in self.seats if one.sees_truth]
            if watching:
                path = self._keeping.path
                state = states.facilitator_state(
                    self._stood_ns,
                    tempo,
                    present,
                    now_s,
                    None if path is None else str(path.resolve()),
                    tuple(self._branches),
                )
                for one in watching:
                    one.send(state)

    def _tempo(self, multiplier: float, why: str) -> Tempo:
        return Tempo(
            pace=min(multiplier, PACE_MAX),
            speed=round(self._speed, 1),
            auto=self._pace.is_auto,
            frozen=self._pace.frozen,
            why=why,
            wall_s=float(int(self._pace.used_s)),
        )

    def _measure(self, wall_s: float, t_ns: int) -> None:
        since_s, since_ns = self._speed_from
        if not since_ns <= t_ns or not since_s:
            self._speed_from = (wall_s, t_ns)
        elif wall_s - since_s >= 1.0:
            self._speed = (t_ns - since_ns) / SECOND / (wall_s - since_s)
            self._speed_from = (wall_s, t_ns)

    async def _nap(self, longest_s: float) -> None:
        """Until the next second is due, or something was asked."""
        with trio.move_on_after(max(NAP_MIN_S, min(longest_s, HEARTBEAT_S))):
            await self._stir.wait()
        if self._stir.is_set():
            self._stir = trio.Event()

    def _recording_failed(self, reason: str) -> None:
        self.exit_status = FAILED
        self._noticed(f"recording stopped: {reason}; the drill goes on unrecorded")

    def _noticed(self, words: str) -> None:
        """Something that whoever steers ought to know of the door."""
        for one in self.seats:
            if one.may_steer:
                one.send(Answer(0, words, refused=True))


class _Pipes:
    """The first terminal: requests on standard input, frames on standard output."""

    def __init__(self) -> None:
        self._in = trio.lowlevel.FdStream(os.dup(0))
        self._out = trio.lowlevel.FdStream(os.dup(1))
        self._rest = bytearray()

    async def first_line(self) -> bytes | None:
        """The order; None when the input is over before its end, or it is too long."""
        while (end := self._rest.find(b"\n")) < 0:
            piece = await self._in.receive_some(PIECE_BYTES)
            if not piece or len(self._rest) > ORDER_BYTES_MAX:
                return None
            self._rest += piece
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return line

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """What the terminal asks, what came with the order first."""
        if not self._rest:
            return await self._in.receive_some(max_bytes)
        await trio.lowlevel.checkpoint()
        piece = bytes(self._rest[:max_bytes])
        del self._rest[: len(piece)]
        return piece

    async def send_all(self, data: bytes) -> None:
        """Frames."""
        await self._out.send_all(data)

    async def aclose(self) -> None:
        """Let go of both; the terminal notices when the process ends."""
        await self._in.aclose()
        await self._out.aclose()


async def _main() -> int:
    pipes = _Pipes()
    try:
        line = await pipes.first_line()
        if line is None:
            return USAGE
        order = msgspec.json.decode(line, type=Order)
        host = DrillHost(order, read_drill(order.label, order.text))
        starter = Connection(
            pipes, order.seat, order.name, may_steer=True, is_local=True, is_starter=True
        )
        await interruptible(lambda: host.live(starter))
    except (OutageError, msgspec.MsgspecError) as error:
        await _tell_failure(pipes, str(error))
        return FAILED
    except Exception as error:
        await _tell_failure(pipes, f"unexpected {type(error).__name__}: {error}")
        return FAILED
    except Terminated as stopped:
        return 128 + stopped.signal_number
    return host.exit_status


async def _tell_failure(pipes: _Pipes, reason: str) -> None:
    """Give the terminal the reason, if it still listens; the log has the rest."""
    failed = Failed(reason=reason, log=write_log(), exit_code=FAILED)
    with (
        trio.move_on_after(PARTING_S),
        suppress(*GONE),
    ):
        await pipes.send_all(encode_frame(failed))


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # a key on a screen counts more than an event
    sys.exit(trio.run(_main))
