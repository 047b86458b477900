"""The application of a seat: shows the newest state, and says to the host what is decided here.

It draws when the host has news, and once a second so that a silence is noticed; whatever arrived in
between, only the newest state is drawn. It keeps no truth and no score: it has none.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, cast

import attrs
from textual.binding import Binding
from textual.events import Event, Key, MouseDown

from outage_engine.recording.reader import printable
from outage_tui.config import THEMES, Settings, settings
from outage_tui.dashboard.end_of_drill import NoScoreError, how_it_went
from outage_tui.dashboard.ending_signals import leave_on_signals
from outage_tui.dashboard.first_start import DRILL, is_first_start, remember
from outage_tui.dashboard.keepsakes import without_fonts
from outage_tui.dashboard.keys import readable
from outage_tui.dashboard.lost_terminal import end_with_terminal
from outage_tui.dashboard.news import draw_on_news
from outage_tui.dashboard.plain_failure import PlainFailure
from outage_tui.dashboard.player_dialogs import open_dialog, see, why_not
from outage_tui.dashboard.player_keys import ALL_KEYS, player_keyboard
from outage_tui.dashboard.player_panels import PANEL_KINDS
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.renderables.player_scene import PlayerScene, empty_view
from outage_tui.dashboard.renderables.player_seats import command_keys
from outage_tui.dashboard.renderables.player_wording import SEATS_IN_WORDS, WHAT_SEATS_DO
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.screens.overlay import BEHIND_S, Overlay
from outage_tui.dashboard.screens.player_briefing_screen import PlayerBriefingScreen
from outage_tui.dashboard.screens.player_screen import PlayerScreen
from outage_tui.dashboard.seat import SeatLink, link_of
from outage_tui.dashboard.themes import TEXTUAL_THEMES, NoColours
from outage_tui.drill_link import Attend, Freeze, GoBack, Leave, Say, SetPace, Tempo, Thaw
from outage_tui.mishap import say
from outage_tui.output import unused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import App
    from textual.binding import BindingType
    from textual.filter import LineFilter

    from outage_agents.drills.journal import Command
    from outage_agents.drills.seat_view import SeatView
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.seat_source import SeatNews, SeatSource
    from outage_tui.dashboard.widgets.player_tabs import PlayerTabs
    from outage_tui.drill_link import Answer, Ended, Present, Request

NOTICE_S: Final = 20.0
"""So long an answer stays, unless there is a newer one."""


PACES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0)
"""Virtual seconds a second, as whoever plays can set them."""
BRIEFING: Final = "the briefing"
"""What somebody attends to who reads it."""


ROWS_BEHIND: Final = 3
"""Clocks and what waits are drawn anew behind an open dialog."""


class PlayerApp(PlainFailure[int]):
    """Plays from one seat until it is left or the drill is over."""

    TITLE = "outage-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, key.description, show=False, id=key.id) for key in ALL_KEYS
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        source: SeatSource,
        *,
        ascii_only: bool = False,
        theme: str = "",
        ticking: bool = True,
        chosen: Settings | None = None,
        first: bool = False,
    ) -> None:
        """`first`: somebody plays for the first time."""
        super().__init__()
        chosen = chosen or Settings()
        self._source = source
        self.welcome = welcome = source.welcome
        self._keymap = dict(chosen.keymap)
        self.keys = player_keyboard(welcome.seat, may_steer=welcome.may_steer, keymap=chosen.keymap)
        """The keys of this seat."""
        self._ascii = ascii_only or chosen.ascii
        self._ticking = ticking
        self._frame_s = 1 / chosen.frames_per_s
        self._first = first
        self._clock = wording.Clock(self.welcome.start, 0.0)
        self._view = empty_view(self.welcome, self._clock)
        self._begun = False
        self._briefed = False
        self._link = SeatLink()
        self._tempo = Tempo()
        self._present: tuple[Present, ...] = ()
        self._read_n = 0
        self._notice, self._refused, self._notice_until = "", False, 0.0
        self._asked = 0
        self._made: dict[int, str] = {}
        """Kinds of commands that were made in a dialog, by number, until they are answered."""
        self._wanted_pace: float | None = None
        self._told = False
        """Whoever sits here has been told how it went, or that it cannot be told."""
        self._drawn_at = self._renewed_at = 0.0
        for known in TEXTUAL_THEMES.values():
            self.register_theme(known)
        self.theme = "no-colour" if self.no_color else theme or chosen.theme

    def get_default_screen(self) -> PlayerScreen:
        """The seat's screen."""
        return PlayerScreen(self.welcome, self.keys, ascii_only=self._ascii)

    def on_mount(self) -> None:
        """Draw what there is, then listen."""
        leave_on_signals(self._leave)
        self.set_keymap(self._keymap)
        self.send(Attend(BRIEFING))  # should the drill begin before it can be read
        self.tick()
        if self._ticking:
            self.set_interval(1.0, self.tick)
            draw_on_news(self, self._source.announce, self.tick, self._wait_s)

    def _wait_s(self) -> float:
        """How long drawing must wait, so that frames are no more often than is asked for."""
        return self._drawn_at + self._frame_s - time.monotonic()

    async def on_event(self, event: Event) -> None:
        """Whoever presses a key has seen what was said up to now."""
        if isinstance(event, Key | MouseDown) and self.screen is self.main:
            self._note_read()
        await super().on_event(event)

    # Showing ---------------------------------------------------------------------------------

    @property
    def main(self) -> PlayerScreen:
        """The seat's screen, also while a dialog lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, PlayerScreen)
        return screen

    @property
    def view(self) -> SeatView:
        """The newest view."""
        return self._view

    @property
    def ended(self) -> Ended | None:
        """How the drill ended; None while it goes on."""
        return self._link.ended

    @property
    def ink(self) -> Ink:
        """What dialogs draw with."""
        return ink_for(self.theme, ascii=self._ascii)

    def scene(self) -> PlayerScene:
        """The moment to show."""
        return PlayerScene(
            welcome=self.welcome,
            clock=self._clock,
            view=self._view,
            ink=self.ink,
            link=self._link,
            tempo=self._tempo,
            present=self._present,
            read_n=self._read_n,
            notice=self._notice,
            refused=self._refused,
            begun=self._begun,
            keys=self.keys,
        )

    def tick(self) -> None:
        """Fetch what is new; draw if anything that can be seen changed."""
        changed = self._take(self._source.poll())
        if self._notice and time.monotonic() > self._notice_until:
            self._notice = ""
            changed = True
        if changed:
            self._paint()
        if self._begun and not self._briefed:
            self._briefed = True
            if self._view.briefing and not self._view.over:
                self.action_briefing()
            else:
                self.send(Attend(""))

    def _take(self, news: SeatNews) -> bool:
        link = link_of(news)
        changed = link != self._link
        self._link = link
        for answer in news.answers:
            self._hear_answer(answer)
            changed = True
        if news.returned is not None:
            at = self._clock.hms(news.returned.t_ns)
            self._say(f"back at {at}; what came later is kept as a recording of its own")
            self._view = attrs.evolve(self._view, over="")
            self._read_n = 0
            changed = True
        if news.state is not None and news.view is not None:
            before, self._view = self._view, news.view
            if ringing(self._view) - ringing(before):
                self.bell()
            self._tempo = news.state.tempo
            self._present = news.state.present
            self._begun = changed = True
            if self.screen is not self.main:
                see(self._any, self._view)
        return changed

    def _hear_answer(self, answer: Answer) -> None:
        """What became of something; a command that is refused is open again with its reason."""
        self._say(answer.text, refused=answer.refused)
        kind = self._made.pop(answer.n, "")
        if kind and answer.refused and self.screen is self.main and not self._refusal():
            self._open(kind, answer.text)

    def _paint(self) -> None:
        now = time.monotonic()
        self._drawn_at = now
        self.main.paint(self.scene())
        if isinstance(self.screen, Overlay) and now - self._renewed_at >= BEHIND_S:
            self._renewed_at = now
            self.call_after_refresh(self.screen.renew, ROWS_BEHIND)

    def _note_read(self) -> None:
        messages = self._view.messages
        newest = messages[-1].n if messages else 0
        if newest > self._read_n and self.main.talk_is_read:
            self._read_n = newest
            self._paint()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no byte of a colour may go out, greys included."""
        return _NO_COLOURS if self.no_color else super().get_line_filters()

    def _say(self, words: str, *, refused: bool = False) -> None:
        self._notice, self._refused = words, refused
        self._notice_until = time.monotonic() + NOTICE_S

    def tell(self, words: str, *, refused: bool = False) -> None:
        """Say on the line above the keys what a key did."""
        self._say(words, refused=refused)
        self._paint()

    # Commands ----------------------------------------------------------------------------------

    def send(self, request: Request) -> None:
        """To the host; its answer comes with a later poll."""
        self._source.send(request)

    def say(self, command: Command) -> None:
        """A command of this seat, for the journal."""
        self._asked += 1
        self._source.send(Say(self._asked, command))
        self.tick()

    def _refusal(self) -> str:
        """Why nothing can be said to the host now; empty when it can."""
        if self._link.failed is not None:
            return "the drill's host is gone"
        if self._link.lost:
            return "the connection is lost"
        if self._link.ended is not None or self._view.over:
            return "the drill is over"
        return "" if self._begun else "the drill has not begun yet"

    def action_command(self, kind: str) -> None:
        """Ask for what belongs to a command, then give it."""
        known = next((one for one in command_keys(self.welcome.seat) if one.kind == kind), None)
        if known is None:
            seat = SEATS_IN_WORDS.get(self.welcome.seat, self.welcome.seat)
            self.tell(f"that is not for you: you are {seat}", refused=True)
            return
        if refusal := self._refusal():
            self.tell(refusal, refused=True)
            return
        if nothing := why_not(kind, self._view):
            self.tell(nothing, refused=True)
            return
        self._open(kind)

    def _open(self, kind: str, refusal: str = "") -> None:
        self.run_worker(self._ask_for(kind, refusal), exclusive=True, group="dialog")

    async def _ask_for(self, kind: str, refusal: str) -> None:
        self._source.send(Attend("a form"))
        try:
            command = await open_dialog(
                self._any,
                kind,
                self._view,
                ink=self.ink,
                refusal=refusal,
                verb_cost=self.welcome.verb_cost,
            )
        finally:
            self._source.send(Attend(""))
        if command is not None:
            self._made[self._asked + 1] = kind
            self.say(command)

    @property
    def _any(self) -> App[object]:
        """This application, for those to whom it is all the same what it ends with."""
        return cast("App[object]", self)

    # Steering ----------------------------------------------------------------------------------

    def _may_steer(self, *, after_end: bool = False) -> bool:
        if not self.welcome.may_steer:
            self.tell("only the facilitator steers time", refused=True)
            return False
        over = after_end and self._link.ended is not None and self._link.failed is None
        if not over and (refusal := self._refusal()):
            self.tell(refusal, refused=True)
            return False
        return True

    def _number(self) -> int:
        self._asked += 1
        return self._asked

    def action_freeze(self) -> None:
        """Time stands still, or goes on."""
        if self._may_steer():
            frozen = self._view.frozen or self._tempo.frozen
            self.send(Thaw(self._number()) if frozen else Freeze(self._number()))
            self.tick()

    def action_pace(self, steps: int) -> None:
        """The next pace up or down; 0: by itself."""
        if not self._may_steer():
            return
        if not steps:
            self._wanted_pace = None
            self.send(SetPace(auto=True, n=self._number()))
        else:
            pace = self._next_pace(steps)
            self._wanted_pace = pace
            self.send(SetPace(multiplier=pace, auto=False, n=self._number()))
        self.tick()

    def _next_pace(self, steps: int) -> float:
        now = self._wanted_pace or self._tempo.pace or PACES[0]
        others = [pace for pace in PACES if (pace > now if steps > 0 else pace < now)]
        if not others:
            return PACES[-1] if steps > 0 else PACES[0]
        return others[0] if steps > 0 else others[-1]

    def action_go_back(self) -> None:
        """Ask for an earlier moment, and go on from there."""
        if not self._may_steer(after_end=True):
            return

        def take(text: str | None) -> None:
            self.send(Attend(""))
            if not text:
                return
            t_ns = self._moment(text)
            if t_ns is None:
                first, now = (self._clock.hm(t) for t in (self.welcome.begin_ns, self._view.t_ns))
                words = f"{text}: no moment of this drill; say 15m, or a time from {first} to {now}"
                self.tell(words, refused=True)
                return
            self.send(GoBack(t_ns, self._number()))
            self.tell(f"going back to {self._clock.hms(t_ns)}")

        self.send(Attend("a question"))
        question = "Go back to which moment? 15m for so many minutes ago, or a time such as 02:40"
        self.push_screen(AskScreen(question), take)

    def _moment(self, text: str) -> int | None:
        """Virtual time of `15m` ago or of a time of day; None when the drill has none such."""
        first, now = self.welcome.begin_ns, self._view.t_ns
        if text.endswith("m") and text[:-1].strip().isdecimal():
            t_ns = now - int(text[:-1]) * wording.MINUTE_NS
            return max(first, t_ns) if t_ns > first - wording.MINUTE_NS else None
        minute = now // wording.MINUTE_NS * wording.MINUTE_NS
        wanted = text.strip().zfill(5)
        while minute > first - wording.MINUTE_NS:
            if self._clock.hm(minute) == wanted:
                return max(first, minute)
            minute -= wording.MINUTE_NS
        return None

    # The screen --------------------------------------------------------------------------------

    def action_show_panel(self, number: int) -> None:
        """The panel of this number."""
        parts = self.main.parts
        if number <= len(parts):
            self.main.show_panel(parts[number - 1])

    def action_next_panel(self, steps: int) -> None:
        """The next one."""
        self.main.next_panel(steps)

    def action_large(self) -> None:
        """One panel, or all."""
        self.main.make_large()

    def action_scroll_panel(self, steps: int) -> None:
        """Scroll what has the keys."""
        self.main.scroll_panel(steps)

    def action_step_back(self) -> None:
        """All panels, from where they begin."""
        self.main.step_back()

    def on_player_tabs_chosen(self, message: PlayerTabs.Chosen) -> None:
        """A tab was clicked."""
        self.main.show_panel(message.part)

    def action_briefing(self) -> None:
        """The briefing; time goes slower meanwhile."""

        def read(_: None) -> None:
            self.send(Attend(""))

        self.send(Attend(BRIEFING))
        self.push_screen(PlayerBriefingScreen(self.scene(), first=self._first), read)

    def action_help(self) -> None:
        """What the panels mean, for this seat, and all keys."""
        seat, focused = self.welcome.seat, self.main.panel
        if focused is not None:
            title, about = focused.kind.title, focused.kind.about
        else:
            title, about = f"You are {SEATS_IN_WORDS.get(seat, seat)}", WHAT_SEATS_DO.get(seat, "")
            about += f" {_ABOUT}"
        about = self.keys.worded(about)
        self.push_screen(HelpScreen(title, about, self.keys.keys, self.ink))

    def action_palette(self) -> None:
        """Everything that can be done, to be searched."""

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.call_after_refresh(self.run_action, choice.id)

        rows = [
            Choice(key.action, self._palette_words(key.id, key.description), readable(key.key))
            for key in self.keys.keys
            if key.id != "drill.palette"
        ]
        rows += [Choice(f"theme('{name}')", f"theme: {name}") for name in THEMES]
        self.push_screen(ChooseScreen("Everything that can be done", rows, self.ink), take)

    def _palette_words(self, key_id: str, words: str) -> str:
        """`panel 3` with its name."""
        number = key_id.removeprefix("drill.panel.")
        parts = self.main.parts
        if number.isdecimal() and 1 <= int(number) <= len(parts):
            title = next(kind.title for kind in PANEL_KINDS if kind.part == parts[int(number) - 1])
            return f"{words}: {title}"
        return words

    def action_theme(self, name: str) -> None:
        """Another theme; with NO_COLOR there is only one."""
        if self.no_color:
            self.tell("NO_COLOR is set: there are no colours to choose from")
            return
        self.theme = name
        self.tell(f"theme: {name}")

    def action_next_theme(self) -> None:
        """The theme after the present one."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.action_theme(THEMES[(at + 1) % len(THEMES)])

    def action_screenshot_svg(self) -> None:
        """A picture of the screen, as a new file in the current folder."""
        at = self._clock.hms(self._view.t_ns).replace(":", "")
        path = unused(Path(f"outage-tui-drill-{at}.svg"))
        try:
            path.write_text(self.export_screenshot(), encoding="utf-8")
        except OSError as error:
            self.tell(f"cannot write {path}: {error.strerror}", refused=True)
            return
        self.tell(f"saved {path}")

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG that loads nothing from anywhere: the reader's own monospace font."""
        return without_fonts(super().export_screenshot(title=title, simplify=simplify))

    # Leaving -----------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Textual's own way out is the same as ours."""
        self.action_leave()

    def action_go_on(self) -> None:
        """Once it is over: on, to how it went, for whoever may open the recording."""
        ended = self._link.ended
        if ended is not None and ended.recording is not None and not self._told:
            self.tell("the score is being read")
            self.run_worker(self._show_end(ended), group="end")
        elif ended is not None or self._link.failed is not None:
            self._leave(0)

    async def _show_end(self, ended: Ended) -> None:
        self._told = True
        steers = self.welcome.may_steer and self._link.failed is None
        try:
            t_ns = await how_it_went(self, ended, self._clock, self.ink, may_go_back=steers)
        except NoScoreError as error:
            self.tell(str(error), refused=True)
            return
        if t_ns is None:
            self._leave(0)
        else:
            self._told = False
            self.send(GoBack(t_ns, self._number()))
            self.tell(f"going back to {self._clock.hms(t_ns)}")

    def action_leave(self) -> None:
        """Leave; ask first while it goes on."""
        if self._link.ended is not None or self._link.failed is not None:
            self._leave(0)
            return

        def take(answer: str | None) -> None:
            if answer is not None and answer.lower() in ("", "y", "yes"):
                self._leave(0)

        alone = self.welcome.may_steer
        what = "This ends the drill; its recording is kept" if alone else "Your seat becomes free"
        self.push_screen(AskScreen(f"Leave? {what}. Enter leaves, escape stays"), take)

    def _leave(self, exit_code: int) -> None:
        self.send(Leave())
        failed = self._link.failed is not None and self._link.ended is None
        self.exit(exit_code or (1 if failed else 0))


_NO_COLOURS: Final = (NoColours(),)
_ABOUT: Final = (
    "The top line has the time of the incident, how long you have been in it and what is left. The "
    "line below says what waits for you, the most urgent first, with the key that answers it. "
    "Focus a panel (1-7) and press {drill.help} again for what it shows. Whatever you say is "
    "logged with its time; the report tells how it went."
)


def ringing(view: SeatView) -> set[tuple[str, bool]]:
    """Pages that nobody has taken, and whether they went up the line: each rings once."""
    return {
        (one.id, one.escalated)
        for one in view.alerts
        if one.severity == "page" and not (one.acknowledged or one.clear)
    }


def run_player(
    source: SeatSource,
    *,
    ascii_only: bool = False,
    theme: str = "",
    over: Callable[[Ended], None] | None = None,
) -> int:
    """Play from a seat until it is left; gives back the exit status.

    The terminal is restored before anything is printed and before the source is closed, also when
    the screen itself fails. `over` is called last of all when the drill came to its end. Raises
    BadUsage when the configuration is wrong.
    """
    chosen = settings()
    first = chosen.hint and is_first_start(DRILL)
    app = PlayerApp(source, ascii_only=ascii_only, theme=theme, chosen=chosen, first=first)
    remember(DRILL)
    end_with_terminal(source)
    try:
        app.run()
    finally:
        source.close()
    if app.ended is not None:
        say(f"the drill is over: {printable(' '.join(app.ended.why.split()))}")
        if over is not None:
            over(app.ended)
    status = app.return_value if isinstance(app.return_value, int) else app.return_code
    return status or 0
