"""What a client may say: its bytes cut into lines, and lines made harmless requests.

A client is somebody else's program. Whatever it sends becomes either a request whose texts can be
shown on any terminal and whose numbers cannot upset anybody's arithmetic, or a LinkError. All of it
happens here, before a request reaches the drill: the journal, the recording, the report and the
other seats only ever see what came out of `read_request`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from outage_agents.drills.journal import COMMANDS, Decide, PutOffInject, Wait
from outage_engine.recording.reader import printable
from outage_tui.drill_link import REQUEST_BYTES_MAX, Enter, Request, decode_request
from outage_tui.link_frames import LinkError

NUMBER_MAX = 1e15
"""Numbers beyond are no numbers that anybody means. A virtual time of eleven days is below."""
COUNT_MAX = 1_000_000
"""The same of whole numbers in a command: minutes, numbers of injects and approvals."""
TEXT_MAX = 2_000
"""Characters of a text that are kept."""
NAME_MAX = 40
"""The same of a client's name."""
ITEMS_MAX = 64
"""Things in a list; a longer one is refused."""


class RequestLines:
    """Cuts a stream into lines no longer than a request, and keeps no more than one of them."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._searched = 0

    @property
    def pending_bytes(self) -> int:
        """What waits to be cut or for its end."""
        return len(self._pending)

    def rest(self) -> bytes:
        """What has not been cut yet; it is no longer kept here."""
        rest = bytes(self._pending)
        self._pending.clear()
        self._searched = 0
        return rest

    def feed(self, piece: bytes) -> None:
        """Take the next piece; cut what was fed before first."""
        self._pending += piece

    def cut(self) -> Iterator[bytes]:
        """The lines that are complete, one at a time: whoever takes them sets the pace.

        Raises LinkError when there is a line that is too long, ended or not.
        """
        while (end := self._pending.find(b"\n", self._searched)) >= 0:
            if end > REQUEST_BYTES_MAX:
                break
            line = bytes(self._pending[:end])
            del self._pending[: end + 1]
            self._searched = 0
            yield line
        self._searched = len(self._pending)
        if self._searched > REQUEST_BYTES_MAX:
            self._pending.clear()
            self._searched = 0
            raise LinkError(f"a line is longer than {REQUEST_BYTES_MAX} bytes")


def read_request(line: bytes) -> Request:
    """One line of a client as a harmless request. Raises LinkError with a reason that can be
    shown."""
    try:
        request: Request = _harmless(decode_request(line))
    except LinkError as error:
        raise LinkError(shown(str(error))) from error
    if isinstance(request, Enter):
        return msgspec.structs.replace(request, name=request.name.strip()[:NAME_MAX])
    return request


def shown(text: str) -> str:
    """A stranger's text as it may reach a terminal, a recording or a report: one line of it."""
    return printable(" ".join(text[:TEXT_MAX].splitlines()).replace("\t", " "))


def _harmless(thing: Any) -> Any:
    """The same request or part of one, fit for everybody. Raises LinkError."""
    match thing:
        case str():
            return shown(thing)
        case bool() | None:
            return thing
        case int() | float():
            return _number(thing, NUMBER_MAX)
        case list() | dict() if len(thing) > ITEMS_MAX:
            raise LinkError(f"{len(thing)} things in one list; the most is {ITEMS_MAX}")
        case list():
            return [_harmless(one) for one in thing]
        case dict():
            return {shown(str(name)): _harmless(one) for name, one in thing.items()}
        case Decide(confidence=confidence) if not 0 <= confidence <= 1:
            raise LinkError("confidence is 0 to 1")
        case Wait(minutes=minutes) | PutOffInject(minutes=minutes):
            _number(minutes, COUNT_MAX)
    fields = {name: _harmless(getattr(thing, name)) for name in thing.__struct_fields__}
    if isinstance(thing, COMMANDS):
        for number in fields.values():
            if isinstance(number, int):
                _number(number, COUNT_MAX)
    return type(thing)(**fields)


def _number(number: float, most: float) -> float:
    if not -most <= number <= most:
        raise LinkError(f"a number is beyond {most:g}")
    return number
