"""After the end: how it went, and where to go from there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

import attrs
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from outage_agents.drills.score import standing
from outage_agents.scenario_source import InputError
from outage_tui.dashboard.player_forms.menu import Menu, Row
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_score import draw_score
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.screens.player_menu_screen import PlayerMenuScreen
from outage_tui.dashboard.widgets.sheet import Sheet
from outage_tui.drill_ghosts import known_ghosts, start_ghosts
from outage_tui.mishap import BadUsage
from outage_tui.output import unused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.timer import Timer

    from outage_agents.drills.score import Ghost
    from outage_tui.dashboard.played_drill import PlayedDrill
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.wording import Clock
    from outage_tui.drill_ghosts import Ghosts

_KEYS: Final = "j k scroll, r report, {back}y copies, q leaves"
LOOK_S: Final = 2.0
"""How often it is looked for what courses beside the play have cost."""
_BACK: Final = "g go back, "


class PlayerEndScreen(Dialog[int | None]):
    """Gives back a moment (virtual ns) to go back to, or None when the drill is left."""

    DEFAULT_CSS = """
    PlayerEndScreen > #dialog { width: 100%; max-width: 170; height: 100%; padding: 0 2; }
    PlayerEndScreen Sheet { height: 1fr; }
    PlayerEndScreen #notice { height: auto; max-height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,ctrl+c", "leave", "leave", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("space,pagedown", "scroll(10)", "down by ten", show=False),
        Binding("b,pageup", "scroll(-10)", "up by ten", show=False),
        Binding("home", "scroll(-10000)", "to the top", show=False),
        Binding("end", "scroll(10000)", "to the end", show=False),
        Binding("r", "report", "write the report", show=False),
        Binding("g", "go_back", "go back to a decision", show=False),
        Binding("y", "copy", "copy", show=False),
    ]

    def __init__(
        self,
        played: PlayedDrill,
        clock: Clock,
        ink: Ink,
        *,
        report: Callable[[Path, Path], object],
        may_go_back: bool,
    ) -> None:
        """`report` writes the report of a recording to a path. `may_go_back`: the host is still
        there, and this seat may steer it."""
        super().__init__(ink)
        self._played = played
        self._clock = clock
        self._report = report
        self._may_go_back = may_go_back
        self._notice = ""
        self._ghosts: Ghosts | None = None
        self._watch: Timer | None = None
        self._score = Sheet(self._draw)
        self._foot = Sheet(self._draw_notice)

    def compose(self) -> ComposeResult:
        """The score, and below it what a key did."""
        with Vertical(id="dialog") as frame:
            frame.border_title = Text("How it went")
            frame.border_subtitle = _KEYS.format(back=_BACK if self._may_go_back else "")
            yield self._score
            self._foot.id = "notice"
            yield self._foot

    def _draw(self, width: int, height: int) -> list[Line]:
        running = self._ghosts is not None
        return draw_score(self._played, self._clock, self.ink, width, running=running)

    def on_mount(self) -> None:
        """Have the courses run that nobody has run yet; what they cost is shown as it comes."""
        super().on_mount()
        if self._played.text and self._played.lacks_ghosts:
            try:
                self._ghosts = start_ghosts(self._played.text, self._played.seed)
            except (OSError, InputError) as error:
                self._tell(f"the courses beside this play cannot be run: {error}")
        if self._ghosts is not None:
            self._watch = self.set_interval(LOOK_S, self._look)
            self._score.redraw()

    def on_unmount(self) -> None:
        """Nobody looks at them any more."""
        if self._ghosts is not None:
            self._ghosts.stop()

    async def _look(self) -> None:
        played = self._played
        ghosts = await asyncio.to_thread(known_ghosts, played.text, played.seed)
        self._show(ghosts, over=self._ghosts is None or self._ghosts.is_over)

    def _show(self, ghosts: tuple[Ghost, ...], *, over: bool) -> None:
        outcome = self._played.score.outcome
        lost, measured = outcome.customer_minutes, outcome.measured
        beside = tuple(attrs.evolve(one, standing=standing(one, lost, measured)) for one in ghosts)
        score = attrs.evolve(self._played.score, outcome=attrs.evolve(outcome, ghosts=beside))
        self._played = attrs.evolve(self._played, score=score)
        if over and self._watch is not None:
            self._watch.stop()
            self._ghosts = None
        self._score.redraw()

    def _draw_notice(self, width: int, height: int) -> list[Line]:
        return wrapped(self._notice, self.ink.strong, width) if self._notice else []

    def _tell(self, words: str) -> None:
        self._notice = words
        self._foot.styles.height = min(3, len(self._draw_notice(max(20, self.size.width - 6), 0)))
        self._foot.redraw()

    def action_scroll(self, lines: int) -> None:
        """Up and down."""
        self._score.scroll_lines(lines)

    def on_sheet_wheel(self, message: Sheet.Wheel) -> None:
        """The wheel scrolls."""
        self.action_scroll(message.steps * 3)

    def action_report(self) -> None:
        """Write it beside the recording, under a name that no file has."""
        recording = self._played.recording
        out = unused(recording.with_suffix(".html"))
        try:
            self._report(recording, out)
        except BadUsage as error:
            self._tell(f"no report was written: {'; '.join(error.problems)}")
        except OSError as error:
            self._tell(f"no report was written: {error.strerror or error}: {out}")
        else:
            self._tell(f"report written: {out}")

    def action_copy(self) -> None:
        """All of it as text."""
        whole = "\n".join(line.text.rstrip() for line in self._draw(100, 0))
        self.app.copy_to_clipboard(self.get_selected_text() or whole)
        self._tell("copied")

    def action_go_back(self) -> None:
        """Choose a decision, and go on from just before it."""
        if not self._may_go_back:
            self._tell("the drill's host is gone; the command above plays it again")
            return
        if not self._played.turns:
            self._tell("nothing was decided in this play")
            return
        rows = tuple(
            Row(str(turn.t_ns), turn.words, self._clock.hm(turn.t_ns))
            for turn in self._played.turns
        )
        menu = Menu("Go back to just before", rows, "enter goes there, esc leaves")

        def take(chosen: str | None) -> None:
            if chosen is not None:
                self.dismiss(int(chosen))

        self.app.push_screen(PlayerMenuScreen(menu, self.ink), take)
