"""What a viewer takes away: copies on the clipboard, screenshots, a panel's data as CSV.

Files land in the current folder under a name that no file has yet; nothing is ever overwritten.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from outage_tui.dashboard.panel_tables import panel_tables
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.viewing import Viewing
from outage_tui.output import unused

if TYPE_CHECKING:
    from collections.abc import Callable

_FONT_FACES = re.compile(r"\s*@font-face\s*\{[^}]*\}")
"""Textual's pictures name a font on a public server; ours must not call anybody."""

PICTURES: Final = (
    Choice("svg", "SVG", "with colours; opens in a browser"),
    Choice("txt", "text", "what the cells say"),
)


class Keepsakes(Viewing):
    """Copy, screenshot and export."""

    def action_copy(self) -> None:
        """The selection; else the row under the pointer; through the terminal (OSC 52)."""
        text = self.main.get_selected_text() or self.main.pointed_row()
        if text:
            self._copy(text)
        else:
            self._tell("nothing selected; point at a row, or select with the mouse")

    def action_copy_panel(self) -> None:
        """The whole text of the focused panel."""
        panel = self.main.panel
        if panel is None:
            self._tell("focus a panel first (1-7)")
        elif panel.shown_text:
            self._copy(panel.shown_text)
        else:  # it has just been brought to the screen, and is drawn after this
            self.call_after_refresh(lambda: self._copy(panel.shown_text))

    def _copy(self, text: str) -> None:
        self.copy_to_clipboard(text)
        lines = len(text.splitlines())
        self._tell(f"copied {lines} line{'s' if lines != 1 else ''}")

    def action_picture(self, kind: str = "") -> None:
        """A screenshot; asks whether as SVG or as text unless told."""
        if kind:
            self._keep(kind, self.export_screenshot if kind == "svg" else self.screen_text)
            return

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.call_after_refresh(self.action_picture, choice.id)

        self.push_screen(ChooseScreen("Screenshot", PICTURES, self._ink()), take)

    def _keep(self, kind: str, picture: Callable[[], str]) -> None:
        path = unused(Path(f"outage-tui{self._moment()}.{kind}"))
        self._write({path: picture()})

    def action_export(self, part: str = "") -> None:
        """The data of a panel (the focused one unless named) as CSV."""
        scene, focused = self.scene(), self.main.focused
        part = part or (focused.id if focused is not None and focused.id else "")
        if scene is None or not part:
            self._tell("focus a panel first (1-8), then E exports its data")
            return
        tables = panel_tables(part, scene, self._source.series_names())
        self._write(
            {
                unused(Path(f"outage-tui-{table.name}{self._moment()}.csv")): table.csv()
                for table in tables
            }
        )

    def _moment(self) -> str:
        scene = self.scene()
        return "" if scene is None else f"-{scene.clock.hms(scene.view.t_ns).replace(':', '')}"

    def _write(self, files: dict[Path, str]) -> None:
        if not files:
            self._tell("there is nothing to export yet")
            return
        for path, text in files.items():
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                self._tell(f"cannot write {path}: {error.strerror}")
                return
        self._tell(f"saved {', '.join(str(path) for path in files)}")

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG that loads nothing from anywhere: the reader's own monospace font."""
        return without_fonts(super().export_screenshot(title=title, simplify=simplify))

    def screen_text(self) -> str:
        """What the cells of the screen say."""
        width, height = self.size
        console = Console(
            width=width, height=height, file=io.StringIO(), record=True, color_system=None
        )
        console.print(
            self.screen._compositor.render_update(full=True, screen_stack=self._background_screens)
        )
        lines = console.export_text(styles=False).splitlines()
        return "\n".join(line.rstrip() for line in lines) + "\n"


def without_fonts(svg: str) -> str:
    """A picture of Textual's that names no font on a server."""
    return _FONT_FACES.sub("", svg)
