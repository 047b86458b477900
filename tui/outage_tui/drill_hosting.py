"""`outage-tui drill host`: a drill in which others take the seats from terminals of their own.

The door is opened and its codes are drawn here, before the host is started, so that a port that is
taken is told at once; host and door live in the host's process. How others join is printed before
the screen comes up and stands there again when it has gone. By itself the door listens on this
machine only. Other machines reach it through `ssh -L`, which also encrypts; listening beyond this
machine has to be asked for, and is warned of, because nothing that goes through the door is.

Without a screen (`--headless`) the drill is led from another terminal, with the facilitator's code.
"""

import contextlib
import getpass
import os
import shlex
import signal
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from outage_tui.drill_codes import Codes, openable_seats
from outage_tui.drill_door import DoorError, DoorOrder, is_this_machine, open_listeners, spelled
from outage_tui.drill_host_process import start_drill_host
from outage_tui.drill_link import EVALUATOR, FACILITATOR, Leave
from outage_tui.drill_play import SoloChoices, order_of
from outage_tui.drill_requests import NAME_MAX, shown
from outage_tui.mishap import DONE, FAILED, BadUsage, say
from outage_tui.output import is_terminal, write_json

if TYPE_CHECKING:
    from outage_tui.dashboard.seat_source import PipeSeatSource
    from outage_tui.drill_host import Order
    from outage_tui.host_process import HostProcess

BLIND_SEAT = "observer"
"""Where somebody sits who leads a drill without seeing the truth."""
EVERYWHERE = ("0.0.0.0", "::")
"""Addresses that mean all of this machine's."""
POLL_S = 0.5


@attrs.frozen
class HostChoices:
    """What the command line says of hosting."""

    drill: SoloChoices
    seat: str = FACILITATOR
    """Of the person at this terminal; any other than the facilitator's sees no truth."""
    name: str = ""
    port: int = 0
    beyond: str | None = None
    headless: bool = False
    as_json: bool = False


def hosted(
    *,
    seat: str,
    name: str,
    blind: bool,
    port: int,
    beyond: str | None,
    headless: bool,
    as_json: bool,
    theme: str | None,
    **chosen: Any,
) -> int:
    """Host what the command line says; gives the exit status. Raises BadUsage."""
    known = tuple(one for one in openable_seats() if one != EVALUATOR)
    if seat not in known:
        raise BadUsage(f"--seat {seat}: where you host you can be {', '.join(known)}")
    if blind and seat not in (FACILITATOR, BLIND_SEAT):
        raise BadUsage(
            f"--blind: at the seat {seat} you see no truth anyway; leave one of them out"
        )
    if as_json and not headless:
        raise BadUsage("--json: is for --headless")
    if headless and (blind or seat != FACILITATOR):
        raise BadUsage("--headless: nobody sits here; leave --blind and --seat out")
    if not headless and not is_terminal():
        raise BadUsage(
            f"there is no terminal to lead {chosen['drill']} at; with --headless it is led from "
            "another one"
        )
    drill = SoloChoices(theme=theme or "", **chosen)
    sits = BLIND_SEAT if blind else seat
    return host_drill(HostChoices(drill, sits, name, port, beyond, headless, as_json))


def host_drill(choices: HostChoices) -> int:
    """Host a drill until the one at this terminal leaves, and give the exit status.

    Raises BadUsage before anything is started.
    """
    with _opened(choices) as listeners:
        door = _door_order(listeners, choices.beyond)
        order = _order(choices, door)
        host = start_drill_host(order)
    return _led(choices, order, door, host)


@contextlib.contextmanager
def _opened(choices: HostChoices) -> Iterator[list[socket.socket]]:
    """Sockets that listen; this process's ends are closed when the host has its own."""
    try:
        listeners = open_listeners(choices.port, choices.beyond)
    except DoorError as error:
        raise BadUsage(f"{error}; give another --port or address, or none") from error
    try:
        for one in listeners:
            one.set_inheritable(True)
        yield listeners
    finally:
        for one in listeners:
            one.close()


def _door_order(listeners: list[socket.socket], beyond: str | None) -> DoorOrder:
    codes = Codes.draw()
    port = listeners[0].getsockname()[1]
    where = "127.0.0.1" if beyond is None else beyond
    if where in EVERYWHERE:
        where = socket.gethostname()
    return DoorOrder(
        listeners=tuple(one.fileno() for one in listeners),
        address=spelled(where, port),
        player=codes.player,
        watcher=codes.watcher,
        facilitator=codes.facilitator,
    )


def _order(choices: HostChoices, door: DoorOrder) -> "Order":
    _, alone = order_of(choices.drill)
    words = ["outage-tui", "drill", "host", choices.drill.drill]
    words += ["--seed", choices.drill.seed] if choices.drill.seed is not None else []
    if choices.seat == BLIND_SEAT:
        words.append("--blind")
    elif choices.seat != FACILITATOR:
        words += ["--seat", choices.seat]
    return msgspec.structs.replace(
        alone,
        seat=choices.seat,
        name=shown(choices.name).strip()[:NAME_MAX],
        command=shlex.join(words),
        door=door,
    )


def _led(choices: HostChoices, order: "Order", door: DoorOrder, host: "HostProcess") -> int:
    from outage_tui.dashboard.seat_source import NotLetIn, PipeSeatSource

    try:
        source = PipeSeatSource(host.process, log=host.log)
    except NotLetIn as error:
        say(f"the drill's host did not start: {error}")
        return FAILED
    if choices.headless:
        status = _without_screen(choices, order, door, source)
    else:
        for line in how_to_join(door, source.welcome.seats, blind=choices.seat != FACILITATOR):
            say(line)
        _say_warning(choices.beyond, door.address)
        status = _with_screen(choices, source)
    if order.record is not None and os.path.exists(order.record):
        say(f"recorded in {order.record}; its report: outage-tui drill report {order.record}")
    if host.log.exists() and not host.log.stat().st_size:
        host.log.unlink()
    return status


def _with_screen(choices: HostChoices, source: "PipeSeatSource") -> int:
    ascii_only, theme = choices.drill.ascii_only, choices.drill.theme
    if choices.seat in (FACILITATOR, BLIND_SEAT):
        from outage_tui.dashboard.facilitator_app import run_facilitator

        return run_facilitator(source, ascii_only=ascii_only, theme=theme)
    from outage_tui.dashboard.player_app import run_player

    return run_player(source, ascii_only=ascii_only, theme=theme)


def how_to_join(door: DoorOrder, playable: tuple[str, ...], *, blind: bool) -> list[str]:
    """What others need, as lines of text. Who hosts blind is not told the facilitator's code: it
    is the one thing that would show the truth."""
    port = door.address.rpartition(":")[2]
    lines = [
        f"Others join with: outage-tui drill join {door.address} --seat SEAT",
        f"  players ({', '.join(playable)}): code {door.player}",
        f"  observer, {EVALUATOR}: code {door.watcher}",
    ]
    if not blind:
        lines.append(f"  a second {FACILITATOR}: code {door.facilitator}")
    if is_this_machine(door.address.rpartition(":")[0].strip("[]")):
        lines.append(
            f"From another machine: ssh -N -L {port}:127.0.0.1:{port} {_login()}, then join "
            f"127.0.0.1:{port} there."
        )
    return lines


def _login() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def warning(beyond: str | None, address: str) -> str:
    """What it means to listen beyond this machine; empty when nobody asked for that."""
    if beyond is None or is_this_machine(beyond):
        return ""
    port = address.rpartition(":")[2]
    return (
        f"WARNING: the drill listens at {address}, beyond this machine, and nothing is encrypted: "
        "whoever can listen to the network reads the codes and everything that is said, and can "
        "take a seat. Without --beyond-loopback others reach it safely by: "
        f"ssh -N -L {port}:127.0.0.1:{port} {_login()}"
    )


def _say_warning(beyond: str | None, address: str) -> None:
    if told := warning(beyond, address):
        say(told)


def _without_screen(
    choices: HostChoices, order: "Order", door: DoorOrder, source: "PipeSeatSource"
) -> int:
    """Print how others join, and stay until the drill is over or a signal ends it."""
    if choices.as_json:
        codes = {"player": door.player, "watcher": door.watcher, FACILITATOR: door.facilitator}
        playable = list(source.welcome.seats)
        write_json(
            {"address": door.address, "codes": codes, "seats": playable, "recording": order.record}
        )
    else:
        print("\n".join(how_to_join(door, source.welcome.seats, blind=False)), flush=True)
    _say_warning(choices.beyond, door.address)
    try:
        return _stayed(source, as_json=choices.as_json)
    finally:
        source.close()


def _stayed(source: "PipeSeatSource", *, as_json: bool) -> int:
    news = threading.Event()
    source.announce(news.set)
    told = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda *_: source.send(Leave()))
    try:
        while True:
            seen = source.poll()
            if seen.failed is not None:
                say(f"the drill's host stopped: {seen.failed.reason}")
                return FAILED
            if seen.ended is not None:
                over = {"over": seen.ended.why, "by": seen.ended.subject}
                write_json(over) if as_json else print(f"over: {seen.ended.why}", flush=True)
                return DONE
            news.wait(POLL_S)
            news.clear()
    finally:
        signal.signal(signal.SIGINT, told)
