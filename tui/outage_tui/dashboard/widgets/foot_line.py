"""The last line: the most useful keys, as they are bound, or what the last key did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.keys import KEYS, UNBOUND, shown
from outage_tui.dashboard.renderables.status import draw_foot
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outage_tui.dashboard.keys import Key
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene

_LIVE: Final = (
    (("help",), "help"),
    (("palette",), "everything"),
    (("display.freeze",), "freeze"),
    (("run.halt",), "halt"),
    (("pace.faster", "pace.slower"), "pace"),
    (("why",), "why"),
    (("act",), "act"),
    (("inject",), "break"),
    (("fork",), "fork"),
    (("panel.maximise",), "maximise"),
    (("filter",), "filter"),
    (("mark",), "mark"),
    (("screenshot",), "screenshot"),
    (("quit",), "quit"),
)
_REPLAY: Final = (
    (("help",), "help"),
    (("palette",), "everything"),
    (("seek.back", "seek.on"), "1 min"),
    (("milestone.back", "milestone.on"), "milestone"),
    (("seek.to",), "go to"),
    (("run.halt",), "halt"),
    (("pace.faster", "pace.slower"), "pace"),
    (("why",), "why"),
    (("fork",), "fork"),
    (("panel.maximise",), "maximise"),
    (("screenshot",), "screenshot"),
    (("quit",), "quit"),
)
"""Ids of keys that belong together, and what they do, the most useful first."""


class FootLine(Drawing):
    """See the drawing, `renderables.status`."""

    DEFAULT_CSS = "FootLine { position: absolute; background: $surface; }"

    def __init__(self, part: str, keys: Iterable[Key] = KEYS) -> None:
        """`keys`: those in force."""
        super().__init__(part)
        first = {key.id: key.keys[0] for key in keys}
        self._live, self._replay = (_said(rows, first) for rows in (_LIVE, _REPLAY))

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_foot(scene, width, self._replay if scene.replay else self._live)


def _said(
    rows: Iterable[tuple[tuple[str, ...], str]], first: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    """Each row with its keys as they are printed; one without a key is left out."""
    said = []
    for ids, words in rows:
        keys = [shown(first[id]) for id in ids if first[id] != UNBOUND]
        if keys:
            said.append(("/".join(keys), words))
    return tuple(said)
