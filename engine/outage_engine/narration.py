"""Narration: what people read of a run. State changes, decisions and failures; never each message.

Lines are numbered without gaps, recorded and part of the digest. They go through structlog, so that
a processor can be added (a file, a filter) without touching the actors.

A line may say why: it names topics of lines told before, and what brought them to the teller (a
message that arrived, or a look at its own state). The narration turns each topic into the number of
the latest line about it, so that anybody can walk back from an effect to what set it off. Numbers
only ever point backwards. A topic nobody has told of yet is left out.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger


@attrs.frozen
class Cause:
    """Why something is told: a topic, and what brought it to whom tells."""

    topic: str
    via: str = ""
    """Type and sender of the message that brought it, `Answer from resolver-ec2`; empty: the
    teller's own state."""


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
    """Its topic, by which later lines may refer to it; may be empty."""
    because: tuple[int, ...] = ()
    """Numbers of the earlier lines that it follows from, the most direct first."""
    via: tuple[str, ...] = ()
    """What brought each of them to this component; empty text: its own state."""


class Narration:
    """All lines of a run so far, and those who want the next one."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.lines: list[Line] = []
        self._latest: dict[str, int] = {}
        self._listeners: list[Callable[[Line], None]] = []
        import structlog  # here: whoever only reads lines need not load it

        self._logger: Any = structlog.wrap_logger(
            self, processors=[self._stamp], wrapper_class=structlog.BoundLoggerBase
        )

    def listen(self, listener: Callable[[Line], None]) -> None:
        """Call `listener` with every line from now on; it must not change the run."""
        self._listeners.append(listener)

    def say(
        self,
        component: str,
        text: str,
        *,
        level: str = "info",
        about: str = "",
        because: Sequence[Cause | str] = (),
    ) -> None:
        """Add a line at the present virtual time. A cause given as text is a bare topic."""
        assert level in ("info", "warning", "error"), level
        numbers, via = self._found(because)
        self._logger._proxy_to_logger(
            "append",
            event=text,
            component=component,
            level=level,
            about=about,
            because=numbers,
            via=via,
        )

    def _found(self, because: Sequence[Cause | str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The latest line about each topic, and what brought it; each line once."""
        found: dict[int, str] = {}
        for each in because:
            cause = Cause(each) if isinstance(each, str) else each
            n = self._latest.get(cause.topic)
            if n is not None:
                found.setdefault(n, cause.via)
        return tuple(found), tuple(found.values())

    def append(self, **known: Any) -> None:
        """structlog's last stop: keep the line and pass it on."""
        line = Line(
            n=len(self.lines) + 1,
            t_ns=known["t_ns"],
            component=known["component"],
            level=known["level"],
            text=known["event"],
            about=known["about"],
            because=known["because"],
            via=known["via"],
        )
        self.lines.append(line)
        if line.about:
            self._latest[line.about] = line.n
        for listener in self._listeners:
            listener(line)

    def _stamp(self, _: "WrappedLogger", __: str, known: "EventDict") -> "EventDict":
        known["t_ns"] = self._now()
        return known
