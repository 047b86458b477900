"""The application of a drill's facilitator, in the terminal of `drill host`.

It polls when its source has news, at most ten times a second, and draws the newest state. Every key
ends in one request to the host; what the host answers is told in words on the last line. Nothing
that is done here slows the players' time down: no dialog says that one is attended.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

import attrs
from textual.binding import Binding

from outage_tui.config import THEMES, Settings, settings
from outage_tui.dashboard.end_of_drill import NoScoreError, how_it_went
from outage_tui.dashboard.ending_signals import leave_on_signals
from outage_tui.dashboard.facilitator_course import CourseDeeds
from outage_tui.dashboard.facilitator_events import EventDeeds
from outage_tui.dashboard.facilitator_keys import BLIND, FACILITATOR_KEYS, FOOT, PACES
from outage_tui.dashboard.keys import Keyboard, in_force, readable
from outage_tui.dashboard.lost_terminal import end_with_terminal
from outage_tui.dashboard.news import draw_on_news
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.renderables.facilitator_station import Station
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.renderables.player_wording import plural
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.facilitator_confirm_screen import FacilitatorConfirmScreen
from outage_tui.dashboard.screens.facilitator_screen import FacilitatorScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.screens.overlay import BEHIND_S, Overlay
from outage_tui.dashboard.seat import SeatLink, link_of
from outage_tui.dashboard.themes import TEXTUAL_THEMES, NoColours
from outage_tui.drill_link import Leave, Present

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType
    from textual.filter import LineFilter

    from outage_tui.dashboard.keys import Key
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.seat_source import SeatNews, SeatSource
    from outage_tui.dashboard.widgets.facilitator_panel import FacilitatorPanel
    from outage_tui.drill_link import Answer, Ended, Request

NOTICE_S: Final = 8.0
"""What the last key did stays so long: a facilitator looks up and talks meanwhile."""
CHECK_S: Final = 1.0
"""How often it is looked after a host that says nothing."""
_NO_COLOURS: Final = (NoColours(),)
_ABOUT: Final = """
You lead this drill and see what players do not: the truth, what is to come, what is expected. The
lines under the clocks say what to look at now. Nothing you do here is seen by players unless it
reaches them: an event, a sensor, a freeze. Panels have the keys 1-7; press {facilitator.help} in
one for what it shows.
"""


class FacilitatorApp(EventDeeds, CourseDeeds):
    """Shows one drill from above until the facilitator leaves."""

    TITLE = "outage-tui drill"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, key.description, show=False, id=key.id)
        for key in FACILITATOR_KEYS
    ]
    ENABLE_COMMAND_PALETTE = False  # Textual's own; ours is a key as any other

    def __init__(
        self,
        source: SeatSource,
        *,
        ascii_only: bool = False,
        theme: str = "",
        ticking: bool = True,
        chosen: Settings | None = None,
    ) -> None:
        """`ticking` off: it polls only when told to, for tests and pictures."""
        super().__init__()
        chosen = chosen or Settings(hint=False)
        self._keymap = dict(chosen.keymap)
        self.keys = in_force(chosen.keymap, FACILITATOR_KEYS)
        self._source = source
        self._ascii = ascii_only or chosen.ascii
        self._ticking = ticking
        self._every_s = 1 / chosen.frames_per_s
        welcome = source.welcome
        self._station = Station(
            welcome,
            wording.Clock(welcome.start, 0.0),
            SeatLink(),
            ink_for("dark", ascii=self._ascii),
            keys=Keyboard(self.keys),
        )
        self._asked: dict[int, str] = {}
        self._names: dict[str, str] = {}
        self._asked_n = 0
        self._drawn_at = self._renewed_at = 0.0
        self._notice_until = 0.0
        for known in TEXTUAL_THEMES.values():
            self.register_theme(known)
        self.theme = "no-colour" if self.no_color else theme or chosen.theme
        self._restyle()

    def get_default_screen(self) -> FacilitatorScreen:
        """The main screen."""
        blind = [key for key in self.keys if key.action not in BLIND]
        return FacilitatorScreen(_foot_keys(self.keys), _foot_keys(blind), ascii_only=self._ascii)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no byte of a colour may go out, greys included."""
        return _NO_COLOURS if self.no_color else super().get_line_filters()

    def on_mount(self) -> None:
        """Draw what there is, then listen."""
        leave_on_signals(self.exit)
        self.set_keymap(self._keymap)
        self.tick()
        self._paint()
        if self._ticking:
            self.set_interval(CHECK_S, self.tick)
            draw_on_news(self, self._source.announce, self.tick, self._wait_s)

    def _wait_s(self) -> float:
        """How long drawing must wait, so that frames are no more often than is asked for."""
        return self._drawn_at + self._every_s - time.monotonic()

    # Showing -------------------------------------------------------------------------------------

    @property
    def main(self) -> FacilitatorScreen:
        """The main screen, also while another one lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, FacilitatorScreen)
        return screen

    def station(self) -> Station:
        """The moment shown."""
        return self._station

    def tick(self) -> None:
        """Fetch what is new; draw if anything that can be seen changed."""
        before = self._station
        self._take(self._source.poll())
        if self._station.notice and time.monotonic() > self._notice_until:
            self._station = attrs.evolve(self._station, notice="")
        if self._station is not before:
            self._paint()
        self._renew_behind()

    def _take(self, news: SeatNews) -> None:
        link = link_of(news)
        if link != self._station.link:
            self._station = attrs.evolve(self._station, link=link)
        player = self._station.player
        if news.returned is not None and player is not None:
            player = attrs.evolve(player, over="")
            self._station = attrs.evolve(self._station, player=player)
        if news.facilitator is not None and news.facilitator_view is not None:
            state, view = news.facilitator, news.facilitator_view
            self._station = attrs.evolve(
                self._station,
                view=view,
                player=view.player,
                tempo=state.tempo,
                present=self._remembered(state.present),
                recording=state.recording,
                branches=state.branches,
            )
        elif news.state is not None:
            self._station = attrs.evolve(
                self._station,
                blind=True,
                player=news.view,
                tempo=news.state.tempo,
                present=self._remembered(news.state.present),
            )
        for answer in news.answers:
            self._say(self._answered(answer))
        if news.returned is not None:
            at = self._station.clock.hms(news.returned.t_ns)
            lists = self._station.keys.worded("{facilitator.branches} lists it")
            self._say(f"back to {at}; what came later is a branch, {lists}")

    def _remembered(self, present: tuple[Present, ...]) -> tuple[Present, ...]:
        """Who is there, and by name who was: a host forgets who has left."""
        self._names |= {one.seat: one.name or one.seat for one in present if one.here}
        return tuple(
            one
            if one.here or one.name
            else Present(one.seat, self._names.get(one.seat, ""), here=False)
            for one in present
        )

    def _answered(self, answer: Answer) -> str:
        words = self._asked.pop(answer.n, "")
        if answer.refused:
            return f"refused: {answer.text}"
        return words if answer.text in ("", "noted") else answer.text

    def _paint(self) -> None:
        self._drawn_at = time.monotonic()
        self.main.paint(self._station)

    def _renew_behind(self) -> None:
        """Who writes a note for minutes sees the drill go on behind it."""
        now = time.monotonic()
        drawn = self._drawn_at > self._renewed_at
        if drawn and isinstance(self.screen, Overlay) and now - self._renewed_at >= BEHIND_S:
            self._renewed_at = now
            self.call_after_refresh(self.screen.renew, self.size.height)

    def _ink(self) -> Ink:
        return self._station.ink

    def _restyle(self) -> None:
        ink = ink_for(self.theme, ascii=self._ascii)
        self._station = attrs.evolve(self._station, ink=ink)

    def _say(self, words: str) -> None:
        self._station = attrs.evolve(self._station, notice=words)
        self._notice_until = time.monotonic() + NOTICE_S

    def _tell(self, words: str) -> None:
        self._say(words)
        self._paint()

    # Asking the host -----------------------------------------------------------------------------

    def _request(self, words: str, make: Callable[[int], Request]) -> None:
        """Ask the host; its answer is told after these words."""
        self._asked_n += 1
        self._asked[self._asked_n] = words
        self._source.send(make(self._asked_n))
        self.tick()

    def _refused(self, *, truth: bool = True, ended: bool = True) -> bool:
        """Say why nothing can be done now, if so."""
        station = self._station
        words = ""
        if station.link.failed is not None:
            words = "the host is gone"
        elif station.link.lost:
            words = "the link is lost; it is tried again"
        elif station.player is None:
            words = "the drill has not begun yet"
        elif ended and station.over:
            words = f"the drill is over: {station.over}"
        elif truth and station.blind:
            words = "that takes the truth, and a blind host has none"
        if words:
            self._tell(f"refused: {words}")
        return bool(words)

    # The display ---------------------------------------------------------------------------------

    def action_help(self) -> None:
        """What the focused panel shows, and all keys."""
        panel = self.main.panel
        title, about = ("Leading a drill", _ABOUT) if panel is None else _explained(panel)
        about = self._station.keys.worded(about)
        self.push_screen(HelpScreen(title, about, self.keys, self._ink()))

    def action_palette(self) -> None:
        """Everything that can be done, to be searched."""

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.call_after_refresh(self.run_action, choice.id)

        rows = palette_rows(self.keys, blind=self._station.blind)
        self.push_screen(ChooseScreen("Everything that can be done", rows, self._ink()), take)

    def action_codes(self) -> None:
        """Show or hide the codes of seats."""
        if self._lacks_codes():
            return
        shown = not (self._station.codes_shown or self._station.steering_code_shown)
        self._show_codes(shown, steering=False)
        self._tell("codes are shown: whoever sees this screen can join" if shown else "hidden")

    def action_steering_code(self) -> None:
        """Show or hide the facilitator's code as well."""
        if self._lacks_codes():
            return
        shown = not self._station.steering_code_shown
        self._show_codes(shown, steering=shown)
        words = "the facilitator's code is shown: whoever sees it can see the truth and steer"
        self._tell(words if shown else "hidden")

    def _lacks_codes(self) -> bool:
        lacks = not self._source.welcome.invitations
        if lacks:
            self._tell("refused: only the terminal that hosts the drill knows its codes")
        return lacks

    def _show_codes(self, shown: bool, *, steering: bool) -> None:
        self._station = attrs.evolve(self._station, codes_shown=shown, steering_code_shown=steering)
        if shown:
            self.action_show_part("room")

    def action_score(self) -> None:
        """Show or hide score and marks; once it is over, how it went."""
        if self._station.blind:
            self._tell("refused: a blind host sees no score")
            return
        ended = self._station.link.ended
        if ended is not None and ended.recording is not None:
            self._tell("the score is being read")
            self.run_worker(self._how_it_went(ended), group="end", exclusive=True)
            return
        shown = not self._station.score_shown
        self._station = attrs.evolve(self._station, score_shown=shown)
        if shown:
            self.action_show_part("score")
        self._paint()

    async def _how_it_went(self, ended: Ended) -> None:
        try:
            steers = self._station.link.failed is None
            clock = self._station.clock
            t_ns = await how_it_went(self, ended, clock, self._ink(), may_go_back=steers)
        except NoScoreError as error:
            self._tell(f"refused: {error}")
            return
        if t_ns is not None:
            self._confirm_back(t_ns)

    def action_theme(self, name: str) -> None:
        """Another theme; with NO_COLOR there is only one."""
        if self.no_color:
            self._tell("NO_COLOR is set: there are no colours to choose from")
            return
        self.theme = name
        self._restyle()
        self._tell(f"theme: {name}")

    def action_next_theme(self) -> None:
        """The theme after the present one."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.action_theme(THEMES[(at + 1) % len(THEMES)])

    def action_show_part(self, part: str) -> None:
        """Focus a panel, and bring it to the screen."""
        self.main.show_part(part)

    def action_next_part(self, steps: int) -> None:
        """Focus the next panel."""
        self.main.next_part(steps)

    def action_move(self, steps: int) -> None:
        """The next row of the focused panel; without one, of the events."""
        panel = self.main.panel
        if panel is None:
            self.action_show_part("events")
        else:
            panel.move(steps)

    def action_open(self) -> None:
        """What can be done with the chosen row of the focused panel."""
        panel = self.main.panel
        deed = {"truth": self.action_override, "journal": self.action_go_back}
        if panel is not None and panel.kind.part == "events":
            self._choose_deed()
        elif panel is not None and panel.kind.part in deed and panel.has_choice:
            deed[panel.kind.part]()
        elif panel is not None:
            self.action_maximise()

    def _choose_deed(self) -> None:
        if self._event_ahead() is None:
            return
        rows = [
            Choice(key.action, key.description, readable(key.key))
            for key in self.keys
            if key.action in ("fire", "skip", "edit", "put_off")
        ]

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.call_after_refresh(self.run_action, choice.id)

        self.push_screen(ChooseScreen("The chosen event", rows, self._ink()), take)

    def on_facilitator_panel_opened(self) -> None:
        """A chosen row was clicked once more."""
        self.action_open()

    def action_maximise(self) -> None:
        """One panel, or all."""
        self.main.maximise()

    def action_step_back(self) -> None:
        """Clear the filter, or undo a choice, maximising, the focus."""
        if self._station.wanted:
            self._station = attrs.evolve(self._station, wanted="")
            self._paint()
        else:
            self.main.step_back()

    def action_filter(self) -> None:
        """Ask for the filter of the journal."""

        def take(answer: str | None) -> None:
            if answer is not None:
                self._station = attrs.evolve(self._station, wanted=answer)
                self.action_show_part("journal")
                self._paint()

        question = "Show entries that contain (!word: that do not)"
        self.push_screen(AskScreen(question, self._station.wanted), take)

    def action_copy(self) -> None:
        """What is selected, or the focused panel's text."""
        panel = self.main.panel
        text = self.screen.get_selected_text() or ("" if panel is None else panel.shown_text)
        if not text:
            self._tell("nothing to copy: choose a panel first")
            return
        self.copy_to_clipboard(text)
        self._tell(f"copied {len(text.splitlines())} lines")

    # Leaving -------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Textual's own way out is the same as ours."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave; while the drill goes on that ends it, so ask."""
        station = self._station
        if station.over or station.link.failed is not None or station.link.lost:
            self._leave()
            return

        def take(agreed: bool | None) -> None:
            if agreed:
                self._leave()

        title, paragraphs = parting(station)
        self.push_screen(FacilitatorConfirmScreen(title, paragraphs, self._ink()), take)

    def _leave(self) -> None:
        self._source.send(Leave())
        self.exit(1 if self._station.link.failed is not None else 0)


def parting(station: Station) -> tuple[str, list[str]]:
    """What leaving does: whoever hosts ends the drill, whoever joined does not."""
    if not station.welcome.address:
        return "Leave the drill?", ["The drill goes on without you.", "You can join again."]
    here = sum(one.here for one in station.present if one.seat != station.welcome.seat)
    paragraphs = ["The drill ends when you leave."]
    if here:
        paragraphs.append(f"{plural(here, 'seat')} will be told that it is over.")
    if station.recording:
        paragraphs.append(f"The recording is kept: {station.recording}")
    return "Leave, and end the drill?", paragraphs


def _explained(panel: FacilitatorPanel) -> tuple[str, str]:
    return panel.kind.title, panel.kind.help


def _foot_keys(keys: Sequence[Key]) -> tuple[tuple[str, str], ...]:
    """Keys for the foot as they are printed, with what they do."""
    keyboard = Keyboard(tuple(keys))
    rows = ((keyboard.signs(*ids), words) for ids, words in FOOT)
    return tuple((signs, words) for signs, words in rows if signs)


def palette_rows(keys: Sequence[Key], *, blind: bool) -> list[Choice]:
    """Everything that can be done; the id of each row is the action it runs."""
    rows = [
        Choice(key.action, key.description, readable(key.key), also=key.id)
        for key in keys
        if key.action != "palette" and not (blind and key.action in BLIND)
    ]
    rows += [Choice(f"theme('{name}')", f"theme: {name}") for name in THEMES]
    rows += [Choice(f"pace_of({pace})", f"pace: {wording.pace(pace)}") for pace in PACES]
    return rows


def run_facilitator(source: SeatSource, *, ascii_only: bool = False, theme: str = "") -> int:
    """Lead a drill until the facilitator leaves; gives back the exit status.

    What is not said is taken from the person's configuration. The terminal is restored before the
    source is closed. Raises BadUsage when the configuration is wrong.
    """
    app = FacilitatorApp(source, ascii_only=ascii_only, theme=theme, chosen=settings())
    end_with_terminal(source)
    try:
        app.run()
    finally:
        source.close()
    if app.return_value is not None:
        return app.return_value
    return app.return_code or 0
