"""The application: asks the source for news ten times a second and shows the newest state.

One timer, latest wins: whatever arrived since the last tick, only the newest state is decoded and
drawn, so that neither a fast simulator nor a slow terminal makes the other wait. The application
keeps no truth about the run; it remembers what the viewer did (freeze, filter, focus).
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

import attrs
from textual.binding import Binding
from textual.events import Event, Key, MouseDown

from outage_tui.config import THEMES, Settings, settings
from outage_tui.dashboard.ending_signals import leave_on_signals
from outage_tui.dashboard.first_start import is_first_start, remember
from outage_tui.dashboard.helm import Helm
from outage_tui.dashboard.keepsakes import Keepsakes
from outage_tui.dashboard.keys import KEYS, in_force
from outage_tui.dashboard.laid_behind import LaidBehind
from outage_tui.dashboard.lost_terminal import end_with_terminal
from outage_tui.dashboard.news import draw_on_news
from outage_tui.dashboard.palette import palette
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.arrangement import PANELS
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.renderables.report import report
from outage_tui.dashboard.renderables.scene import Opening, Scene
from outage_tui.dashboard.renderables.status import taken_up
from outage_tui.dashboard.renderables.why import subject_of
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.fidelity_screen import FidelityScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.screens.main_screen import MainScreen
from outage_tui.dashboard.screens.why_screen import WhyScreen
from outage_tui.dashboard.themes import TEXTUAL_THEMES, NoColours
from outage_tui.dashboard.travel import Travel
from outage_tui.dashboard.widgets.events_panel import EventsPanel
from outage_tui.link_messages import Detach, Quit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.binding import BindingType
    from textual.filter import LineFilter

    from outage_agents.views import NarrationView, RegionView
    from outage_tui.dashboard.renderables.choices import Choice
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.source import Source, Status, Update
    from outage_tui.dashboard.widgets.tab_line import TabLine
    from outage_tui.dashboard.widgets.timeline_strip import TimelineStrip

NOTICE_S: Final = 4.0
LINES_KEPT: Final = 20_000
"""Lines of narration kept for reading; the recording keeps all."""


class OutageApp(Keepsakes, Helm, Travel, LaidBehind):
    """Shows one source until the viewer leaves."""

    TITLE = "outage-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, key.description, show=False, id=key.id) for key in KEYS
    ]
    ENABLE_COMMAND_PALETTE = False  # Textual's own; ours is a key as any other

    def __init__(
        self,
        source: Source,
        *,
        ascii_only: bool = False,
        theme: str = "",
        ticking: bool = True,
        chosen: Settings | None = None,
        main_screen: Callable[..., MainScreen] = MainScreen,
    ) -> None:
        """`chosen` holds for what is not said otherwise; without it nothing is remembered."""
        super().__init__()
        chosen = chosen or Settings(hint=False)
        self.keys = in_force(chosen.keymap)
        self._chosen = chosen
        self._source = source
        self._ascii = ascii_only or chosen.ascii
        self._ticking = ticking
        self._main_screen = main_screen
        self._clock = wording.Clock(source.hello.start, source.hello.epoch_s)
        self._told: deque[NarrationView] = deque(maxlen=LINES_KEPT)
        self._view: RegionView | None = None
        self._held: Scene | None = None
        self._status: Status | None = None
        self._behind = 0
        self._wanted = ""
        self._notice = ""
        self._notice_until = 0.0
        for known in TEXTUAL_THEMES.values():
            self.register_theme(known)
        self.theme = "no-colour" if self.no_color else theme or chosen.theme
        self.parting_words = ""
        """Text for the terminal after it has been restored."""

    def get_default_screen(self) -> MainScreen:
        """The main screen."""
        return self._main_screen(ascii_only=self._ascii)

    def on_mount(self) -> None:
        """Draw what there is, then start the clock."""
        leave_on_signals(self._leave)
        self.set_keymap(dict(self._chosen.keymap))
        if self._chosen.hint:
            self.main.show_hint(self._ink())
            remember()
        self.tick()
        if self.behind_at_first is not None:
            self.call_after_refresh(self.lay_recording_behind, self.behind_at_first)
        if self._ticking:
            self.set_interval(1 / self._chosen.frames_per_s, self.tick)
            draw_on_news(self, self._source.announce, self.tick)

    async def on_event(self, event: Event) -> None:
        """Any key and any click takes the hint away, and does what it does besides."""
        if isinstance(event, Key | MouseDown):
            self.main.hide_hint()
        await super().on_event(event)

    # Showing ---------------------------------------------------------------------------------

    @property
    def main(self) -> MainScreen:
        """The main screen, also while another one lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def tick(self) -> None:
        """Fetch what is new; draw if anything that can be seen changed."""
        update = self._source.poll()
        changed = self._take(update)
        if self._notice and time.monotonic() > self._notice_until:
            self._notice = ""
            changed = True
        if changed:
            self._paint()

    def _take(self, update: Update) -> bool:
        if update.rewound:
            self._told.clear()
        self._told.extend(update.lines)
        for applied in update.applied:
            self._say(taken_up(applied))
        changed = bool(update.lines or update.applied) or update.status != self._status
        self._status = update.status
        if update.view is not None:
            self._view = update.view
            self._behind += self._held is not None
            changed = True
        return changed

    def _paint(self) -> None:
        scene = self.scene()
        if scene is not None:
            self.main.paint(scene)
        elif self._status is not None:
            opening = Opening(self._source.hello, self._clock, self._status, self._ink())
            self.main.open(opening)

    def scene(self) -> Scene | None:
        """The moment to show: the frozen one while the display is frozen. None before the first
        state."""
        if self._view is None or self._status is None:
            return None
        now = Scene(
            hello=self._source.hello,
            clock=self._clock,
            status=self._status,
            view=self._view,
            history=self._source.history,
            lines=self._told,
            markers=self._source.markers(),
            milestones=self._source.milestones() or self._view.milestones,
            ink=self._ink(),
            replay=self._source.seekable,
            wanted=self._wanted,
            notice=self._notice,
            overview=self._source.overview,
        )
        held = self._held
        if held is None:
            return now
        return attrs.evolve(
            now, view=held.view, lines=held.lines, history=held.history, frozen=True,
            behind=self._behind,
        )  # fmt: skip

    def _ink(self) -> Ink:
        return ink_for(self.theme, ascii=self._ascii)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no byte of a colour may go out, greys included."""
        return _NO_COLOURS if self.no_color else super().get_line_filters()

    def _say(self, words: str) -> None:
        self._notice = words
        self._notice_until = time.monotonic() + NOTICE_S

    def _tell(self, words: str) -> None:
        self._say(words)
        self._paint()

    @property
    def theme_chosen(self) -> str:
        """The theme in force, for another dashboard; nothing under NO_COLOR."""
        return self.theme if self.theme in THEMES else ""

    # The display -------------------------------------------------------------------------------

    def action_help(self) -> None:
        """What the focused panel shows, and all keys."""
        title, about = self.main.explained or ("outage-tui", _ABOUT)
        self.push_screen(HelpScreen(title, about, self.keys, self._ink()))

    def action_palette(self) -> None:
        """Everything that can be done, to be searched."""

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.call_after_refresh(self.run_action, choice.id)

        rows = palette(self.scene(), self.keys)
        self.push_screen(ChooseScreen("Everything that can be done", rows, self._ink()), take)

    def action_theme(self, name: str) -> None:
        """Another theme; with NO_COLOR there is only one."""
        if self.no_color:
            self._tell("NO_COLOR is set: there are no colours to choose from")
            return
        self.theme = name
        self._tell(f"theme: {name}")

    def action_next_theme(self) -> None:
        """The theme after the present one."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.action_theme(THEMES[(at + 1) % len(THEMES)])

    def action_freeze(self) -> None:
        """Hold the display; the run goes on."""
        if self._held is not None:
            self._held = None
        else:
            scene = self.scene()
            if scene is None:
                return
            self._held = attrs.evolve(scene, lines=tuple(scene.lines))
        self._behind = 0
        self._paint()

    def action_show_part(self, number: int) -> None:
        """Focus panel 1-7, or the timeline with 8."""
        self.main.show_part("timeline" if number > len(PANELS) else PANELS[number - 1])

    def action_next_part(self, steps: int) -> None:
        """Focus the next panel."""
        self.main.next_part(steps)

    def action_maximise(self) -> None:
        """One panel, or all."""
        self.main.maximise()

    def action_step_back(self) -> None:
        """Clear the filter, or undo maximising, or the focus."""
        if self._wanted:
            self._wanted = ""
            self._paint()
            return
        self.main.step_back()

    def action_scroll_panel(self, steps: int) -> None:
        """Scroll the focused panel. The events count from the newest, so there it is reversed."""
        panel = self.main.panel
        if panel is not None:
            panel.scroll_steps(-steps if panel.PART == "events" else steps)

    def action_filter(self) -> None:
        """Ask for the filter of the events."""

        def take(answer: str | None) -> None:
            if answer is not None:
                self._wanted = answer
                self._paint()

        self.push_screen(
            AskScreen("Show events that contain (!word: that do not)", self._wanted), take
        )

    def action_fidelity(self) -> None:
        """How close this run comes to the published night."""
        scene = self.scene()
        if scene is not None:
            self.push_screen(FidelityScreen(scene))

    def action_why(self) -> None:
        """Why the chosen event happened, or what the focused panel tells of last."""
        scene, focused = self.scene(), self.main.focused
        part = focused.id if focused is not None and focused.id else ""
        chosen = focused.chosen if isinstance(focused, EventsPanel) else 0
        subject = None if scene is None else subject_of(scene, part, chosen)
        if scene is None or subject is None:
            self._tell("nothing has happened yet that could be explained")
            return

        def take(t_ns: int | None) -> None:
            if t_ns is not None:
                self._seek(t_ns)

        self.push_screen(WhyScreen(attrs.evolve(scene, lines=tuple(scene.lines)), subject), take)

    def on_timeline_strip_wanted(self, message: TimelineStrip.Wanted) -> None:
        """The timeline was clicked or dragged."""
        self._seek(message.t_ns)

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """A tab was clicked."""
        self.main.show_part(message.part)

    # Leaving -----------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Textual's own way out is the same as ours."""
        self.action_leave()

    def action_leave(self) -> None:
        """Quit; ask first when what has run so far is kept nowhere."""
        status, hello = self._status, self._source.hello
        over = status is None or status.done is not None or status.failure is not None
        if self._source.seekable or over or hello.recording is not None:
            self._leave(0)
            return

        def take(answer: str | None) -> None:
            if answer is not None and answer.lower() in ("", "y", "yes"):
                self._leave(0)
            elif answer is not None and answer.lower() in ("d", "detach"):
                self._source.send(Detach())
                self.exit(0)

        question = (
            "This run is not recorded and is not over. Enter quits, d lets it run on, escape stays"
        )
        self.push_screen(AskScreen(question), take)

    def action_leave_report(self) -> None:
        """Quit and leave a report."""
        scene = self.scene()
        if scene is not None:
            self.parting_words = report(scene)
        self._leave(0)

    def _leave(self, exit_code: int) -> None:
        self._source.send(Quit())
        failed = self._status is not None and self._status.failure is not None
        self.exit(exit_code or (1 if failed else 0))


_NO_COLOURS: Final = (NoColours(),)

_ABOUT: Final = """
This is the outage of 19-20 October 2025 in us-east-1, simulated. The line under the status line
says what is broken now and what is feeding it, from the cause on the left to the customers on the
right. Focus a panel (1-8) and press ? for what it shows.
"""


def run_dashboard(
    source: Source,
    *,
    ascii_only: bool = False,
    theme: str = "",
    main_screen: Callable[..., MainScreen] = MainScreen,
    behind: Path | None = None,
) -> int:
    """Show a source until the viewer leaves; gives back the exit status.

    `behind`: a recording whose latencies lie behind those shown.

    What is not said is taken from the person's configuration. The terminal is restored before
    anything is printed and before the source is closed, also when the dashboard itself fails.
    Raises BadUsage when the configuration is wrong.
    """
    chosen = settings()
    explained = main_screen is not MainScreen
    chosen = attrs.evolve(chosen, hint=chosen.hint and not explained and is_first_start())
    app = OutageApp(
        source, ascii_only=ascii_only, theme=theme, chosen=chosen, main_screen=main_screen
    )
    app.behind_at_first = behind
    end_with_terminal(source)
    try:
        app.run()
    finally:
        app.let_go()
        source.close()
    if app.parting_words:
        print(app.parting_words)
    if app.fork_wanted is not None:
        from outage_tui.fork import fork_of
        from outage_tui.watch import watch

        return watch(fork_of(*app.fork_wanted), ascii_only=ascii_only, theme=app.theme_chosen)
    if app.return_value is not None:
        return app.return_value
    return app.return_code or 0
