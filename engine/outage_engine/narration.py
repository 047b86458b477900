"""Narration: what people read of a run. State changes, decisions and failures; never each message.

Lines are numbered without gaps, recorded and part of the digest. They go through structlog, so that
a processor can be added (a file, a filter) without touching the actors.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger


@attrs.frozen
class Line:
    """One line of the narration."""

    n: int
    """Number, from 1, without gaps."""
    t_ns: int
    """Virtual time."""
    component: str
    level: str
    """info, warning or error."""
    text: str
    about: str = ""
    """What it is about (an endpoint, a zone), for filters; may be empty."""


class Narration:
    """All lines of a run so far, and those who want the next one."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.lines: list[Line] = []
        self._listeners: list[Callable[[Line], None]] = []
        self._logger: Any = structlog.wrap_logger(
            self, processors=[self._stamp], wrapper_class=structlog.BoundLoggerBase
        )

    def listen(self, listener: Callable[[Line], None]) -> None:
        """Call `listener` with every line from now on; it must not change the run."""
        self._listeners.append(listener)

    def say(self, component: str, text: str, *, level: str = "info", about: str = "") -> None:
        """Add a line at the present virtual time."""
        assert level in ("info", "warning", "error"), level
        self._logger._proxy_to_logger(
            "append", event=text, component=component, level=level, about=about
        )

    def append(self, **known: Any) -> None:
        """structlog's last stop: keep the line and pass it on."""
        line = Line(
            n=len(self.lines) + 1,
            t_ns=known["t_ns"],
            component=known["component"],
            level=known["level"],
            text=known["event"],
            about=known["about"],
        )
        self.lines.append(line)
        for listener in self._listeners:
            listener(line)

    def _stamp(self, _: "WrappedLogger", __: str, known: "EventDict") -> "EventDict":
        known["t_ns"] = self._now()
        return known
