"""What dialogs of a seat share: titles that hold texts of others, cut where they are too long."""

from __future__ import annotations

from typing import Generic, TypeVar

from rich.text import Text

from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.screens.dialog import Dialog

Answer = TypeVar("Answer")
_EDGES = 8
"""Cells of a frame's edge that no title takes."""


class PlayerDialog(Dialog[Answer], Generic[Answer]):
    """A dialog over a seat's screen."""

    def entitle(self, title: str, keys: str) -> None:
        """Title above and what keys do below; no bracket in them is markup."""
        frame = self.query_one("#dialog")
        whole = self.app.size.width
        width = whole if self.has_class("low") else min(whole * 9 // 10, 130)
        for name, text in (("border_title", title), ("border_subtitle", keys)):
            cut = Line(text).cut(max(1, width - _EDGES), self.ink.glyphs.ellipsis).text
            setattr(frame, name, Text(cut))
