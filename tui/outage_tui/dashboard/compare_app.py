"""The screen on which two recordings are compared: one moment for both, moved through the night.

Nothing runs here and nothing ticks: a key moves the moment, and that is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.screen import Screen

from outage_tui.config import settings
from outage_tui.dashboard.keys import Key
from outage_tui.dashboard.plain_failure import PlainFailure
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.compare import (
    CURVES,
    ComparedScene,
    as_text,
    differences_place,
    differing_moments,
    draw_compared,
    draw_differences,
    moment_at,
)
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.themes import TEXTUAL_THEMES, NoColours
from outage_tui.dashboard.travel import moment_of
from outage_tui.dashboard.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.events import MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, Resize
    from textual.filter import LineFilter

    from outage_tui.compared_runs import ComparedRuns
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.line import Line

KEYS: Final = (
    Key("left", "move(-1)", "1 minute back", "compare.back"),
    Key("right", "move(1)", "1 minute on", "compare.on"),
    Key("shift+left", "move(-10)", "10 minutes back", "compare.back10"),
    Key("shift+right", "move(10)", "10 minutes on", "compare.on10"),
    Key("home", "edge(False)", "to the beginning", "compare.first"),
    Key("end", "edge(True)", "to the end", "compare.last"),
    Key("left_square_bracket", "difference(-1)", "to the difference before", "compare.previous"),
    Key("right_square_bracket", "difference(1)", "to the next difference", "compare.next"),
    Key("d", "parting", "to where the runs part", "compare.parting"),
    Key("g", "go_to", "go to a time: 04:14 or T+266m", "compare.to"),
    Key("tab", "charts(1)", "other charts", "compare.charts"),
    Key("shift+tab", "charts(-1)", "other charts, the other way", "compare.charts.back"),
    Key("j,down", "scroll(1)", "down in what differs", "compare.down"),
    Key("k,up", "scroll(-1)", "up in what differs", "compare.up"),
    Key("pagedown", "scroll(10)", "down by ten", "compare.down10"),
    Key("pageup", "scroll(-10)", "up by ten", "compare.up10"),
    Key("y", "copy", "copy what differs", "compare.copy"),
    Key("T", "next_theme", "next theme", "compare.theme"),
    Key("question_mark,f1", "help", "help", "compare.help"),
    Key("q,ctrl+c,escape", "leave", "leave", "compare.leave"),
)
"""What can be done on this screen."""

_ABOUT: Final = """
Two recorded runs at the same moment: A solid, B dotted where it differs. Left and right move the
moment in both, and a click or drag in a chart does. Below the charts stands what differs:
customer-minutes lost by that moment, milestones with their distance, actions and parameters.
"""
_FOOT: Final = " arrows move, [ ] differences, d parting, tab charts, j k scroll, ? help"


class ComparedRows(Rows):
    """The whole screen as lines."""

    DEFAULT_CSS = "ComparedRows { width: 100%; height: 100%; }"

    def on_resize(self, event: Resize) -> None:
        """Draw for the new size."""
        self._app.paint()

    def on_mouse_down(self, event: MouseDown) -> None:
        """Go to the moment that was clicked."""
        self._app.point(event.x, event.y)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Drag the moment along."""
        if event.button:
            self._app.point(event.x, event.y)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel."""
        self._app.action_scroll(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel."""
        self._app.action_scroll(-1)

    @property
    def _app(self) -> CompareApp:
        app = self.app
        assert isinstance(app, CompareApp)
        return app


class ComparedScreen(Screen[None]):
    """Nothing but the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [  # a screen has other plans for these two
        Binding("tab", "app.charts(1)", show=False),
        Binding("shift+tab", "app.charts(-1)", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The rows."""
        yield ComparedRows(id="compared")


class CompareApp(PlainFailure[int]):
    """Shows two runs until the viewer leaves."""

    TITLE = "outage-tui compare"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, key.description, show=False, id=key.id) for key in KEYS
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, runs: ComparedRuns, *, ascii_only: bool = False, theme: str = "") -> None:
        super().__init__()
        self._runs = runs
        self._ascii = ascii_only
        first, second = runs.runs
        scenario = first.scenario
        self._clock = wording.Clock(scenario.start, scenario.epoch_s)
        self._start_min = min(-scenario.epoch_s / 60, -second.scenario.epoch_s / 60)
        self._end_min = max(run.scenario.t_min(run.end_ns) for run in runs.runs)
        self._moments = differing_moments(runs.comparison)
        self._t_min = self._moments[0] if self._moments else self._end_min
        self._first_curve = 0
        self._scrolled = 0
        for known in TEXTUAL_THEMES.values():
            self.register_theme(known)
        self.theme = "no-colour" if self.no_color else theme or "dark"

    def get_default_screen(self) -> ComparedScreen:
        """The only screen."""
        return ComparedScreen()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Under NO_COLOR no colour reaches the terminal."""
        return (NoColours(),) if self.no_color else super().get_line_filters()

    # Showing -------------------------------------------------------------------------------------

    @property
    def rows(self) -> ComparedRows:
        """The whole screen, also while another one lies over it."""
        return self.screen_stack[0].query_one(ComparedRows)

    def scene(self) -> ComparedScene:
        """What is shown."""
        return ComparedScene(
            comparison=self._runs.comparison,
            tracks=self._runs.tracks,
            clock=self._clock,
            t_min=self._t_min,
            start_min=self._start_min,
            end_min=self._end_min,
            first_curve=self._first_curve,
            ink=self._ink(),
        )

    def paint(self) -> None:
        """Draw the moment."""
        width, height = self.rows.size
        if width > 0 and height > 0:
            self.rows.show(self._lines(width, height))

    def _lines(self, width: int, height: int) -> list[Line]:
        scene = self.scene()
        top, room = differences_place(width, height)
        different = draw_differences(scene, width)
        self._scrolled = max(0, min(self._scrolled, len(different) - room))
        lines = draw_compared(scene, width, height)[:top]
        lines += different[self._scrolled : self._scrolled + room]
        lines += [type(lines[0])() for _ in range(max(0, height - 1 - len(lines)))]
        return [*lines[: height - 1], type(lines[0])(_FOOT, scene.ink.dim)]

    def _ink(self) -> Ink:
        return ink_for(self.theme, ascii=self._ascii)

    # Moving --------------------------------------------------------------------------------------

    def _go(self, t_min: float) -> None:
        self._t_min = max(self._start_min, min(self._end_min, t_min))
        self.paint()

    def point(self, x: int, y: int) -> None:
        """To the moment of a cell, when it lies in a chart."""
        width, height = self.rows.size
        t_min = moment_at(self.scene(), width, height, x, y)
        if t_min is not None:
            self._go(t_min)

    def action_move(self, minutes: int) -> None:
        """Some minutes on or back."""
        self._go(self._t_min + minutes)

    def action_edge(self, last: bool) -> None:
        """To the beginning or the end."""
        self._go(self._end_min if last else self._start_min)

    def action_difference(self, steps: int) -> None:
        """To the next moment at which something differs, or the one before."""
        later = [at for at in self._moments if at > self._t_min + 1e-6]
        earlier = [at for at in self._moments if at < self._t_min - 1e-6]
        if steps > 0 and later:
            self._go(later[0])
        elif steps < 0 and earlier:
            self._go(earlier[-1])
        else:
            self.notify("nothing differs there")

    def action_parting(self) -> None:
        """To where the runs part."""
        parting = self._runs.comparison.first_divergence
        if parting is None:
            self.notify("they do not part")
        else:
            self._go(parting.t_min)

    def action_go_to(self) -> None:
        """Ask for a time."""

        def take(answer: str | None) -> None:
            if not answer:
                return
            t_ns = moment_of(answer, self._clock)
            if t_ns is None:
                self.notify(f"not a time: {answer} (say 04:14 or T+266m)")
            else:
                self._go(t_ns / wording.MINUTE_NS - self._clock.epoch_s / 60)

        self.push_screen(AskScreen("Go to (04:14 or T+266m)"), take)

    def action_charts(self, steps: int) -> None:
        """Begin with another chart."""
        self._first_curve = (self._first_curve + steps) % len(CURVES)
        self.paint()

    def action_scroll(self, lines: int) -> None:
        """Up and down in what differs."""
        self._scrolled = max(0, self._scrolled + lines)
        self.paint()

    # The rest ------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Copy what differs through the terminal (OSC 52)."""
        text = self.screen.get_selected_text() or as_text(self.scene())
        self.copy_to_clipboard(text)
        self.notify(f"copied {len(text.splitlines())} lines")

    def action_next_theme(self) -> None:
        """Another look."""
        if not self.no_color:
            names = [name for name in TEXTUAL_THEMES if name != "no-colour"]
            self.theme = names[(names.index(self.theme) + 1) % len(names)]
            self.paint()

    def action_help(self) -> None:
        """What is shown, and all keys."""
        self.push_screen(HelpScreen("Compare", _ABOUT, KEYS, self._ink()))

    def action_leave(self) -> None:
        """Back to the shell."""
        self.exit(0)


def run_compare(runs: ComparedRuns, *, ascii_only: bool = False, theme: str = "") -> int:
    """Show two runs until the viewer leaves; gives back the exit status.

    What is not said is taken from the configuration. Raises BadUsage when that is wrong.
    """
    chosen = settings()
    ascii_only = ascii_only or chosen.ascii
    app = CompareApp(runs, ascii_only=ascii_only, theme=theme or chosen.theme)
    app.run()
    return app.return_value if app.return_value is not None else app.return_code or 0
