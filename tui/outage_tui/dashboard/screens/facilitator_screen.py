"""The facilitator's main screen: puts every part where the arrangement says, and paints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import Screen

from outage_tui.dashboard.renderables.facilitator_arrangement import (
    BLIND_PARTS,
    PARTS,
    arrange_station,
)
from outage_tui.dashboard.renderables.facilitator_events import draw_events, first_ahead
from outage_tui.dashboard.renderables.facilitator_header import (
    draw_band,
    draw_header,
    draw_keys,
    draw_tabs,
)
from outage_tui.dashboard.renderables.facilitator_journal import draw_journal, journal_of
from outage_tui.dashboard.renderables.facilitator_players import draw_players
from outage_tui.dashboard.renderables.facilitator_room import draw_room
from outage_tui.dashboard.renderables.facilitator_run import draw_run
from outage_tui.dashboard.renderables.facilitator_score import draw_score
from outage_tui.dashboard.renderables.facilitator_truth import draw_truth, sensors_of
from outage_tui.dashboard.renderables.facilitator_watch import draw_watch
from outage_tui.dashboard.widgets.facilitator_panel import FacilitatorPanel, PanelKind
from outage_tui.dashboard.widgets.facilitator_strip import FacilitatorStrip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.widget import Widget

    from outage_tui.dashboard.renderables.arrangement import Place
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.line import Line

KINDS: Final = (
    PanelKind(
        "truth",
        "So it is | so they see it",
        """Every sensor of the drill: what is so, what players are shown, how far the two are apart,
        and how old the reading is. A sensor you meddle with says OFF, HELD or what it was told to
        say. Choose a row with {facilitator.scroll.down} and {facilitator.scroll.up};
        {facilitator.override} turns it off, holds it, lets it say a number, restores
        it.""",
        draw_truth,
        ids=lambda station: [row.sensor or row.name for row in sensors_of(station)],
    ),
    PanelKind(
        "events",
        "Events",
        """The master scenario events list: number, when it comes (in minutes from now when it is
        timed), from whom to whom, the text, what is expected of players, what breaks with it.
        {facilitator.fire} has the chosen one come now, {facilitator.skip} leaves it out,
        {facilitator.edit} gives it another text, {facilitator.put_off} lets it come later.
        While you choose none, the next timed one is chosen.""",
        draw_events,
        ids=lambda station: [one.n for one in (station.view.injects if station.view else ())],
        first=first_ahead,
    ),
    PanelKind(
        "players",
        "Players",
        """What players do: whether somebody commands, pages nobody has taken, approvals and
        questions that wait, work under way against its usual length, what customers were told and
        when they hear again, decisions with what is expected by when, hypotheses.""",
        draw_players,
    ),
    PanelKind(
        "journal",
        "Journal",
        """Everything commanded and said, newest last. Bold names are people who play; your own
        commands are set off. Choose an entry with {facilitator.scroll.down} and
        {facilitator.scroll.up}: it is shown whole, and {facilitator.go_back} goes back to its
        moment. {facilitator.filter} filters, a leading ! inverts.""",
        draw_journal,
        ids=lambda station: [one.n for one in journal_of(station)],
        follows=True,
    ),
    PanelKind(
        "room",
        "Room",
        """Who sits where, who has dropped out, how others join, how time goes and why, and where
        the recording is. Codes are hidden until {facilitator.codes} shows them: this screen may
        hang on a wall.""",
        draw_room,
    ),
    PanelKind(
        "run",
        "Run",
        """What you broke on purpose, and the milestones that have happened in the run.""",
        draw_run,
    ),
    PanelKind(
        "score",
        "Score",
        """Objectives as they stand, the three panels of the score so far, and private marks. Hidden
        until {facilitator.score} shows it.""",
        draw_score,
    ),
)
_TAB_NAMES: Final = tuple(
    (number, kind.part, "Truth" if kind.part == "truth" else kind.title)
    for number, kind in enumerate(KINDS, start=1)
)
BAND_ROWS_MAX: Final = 8


class FacilitatorScreen(Screen[None]):
    """Knows where things are and which panel has the keys; no truth about the drill."""

    DEFAULT_CSS = "FacilitatorScreen { overflow: hidden; }"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.next_part(1)", show=False, id="facilitator.panel.next"),
        Binding("shift+tab", "app.next_part(-1)", show=False, id="facilitator.panel.previous"),
    ]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual's own, but without painting the whole screen: two frames change, and they know it."""

    def __init__(
        self,
        keys: Sequence[tuple[str, str]],
        blind_keys: Sequence[tuple[str, str]],
        *,
        ascii_only: bool,
    ) -> None:
        """`keys`: those for the foot, with what they do; `blind_keys`: those of a blind host."""
        super().__init__()
        self._keys = keys
        self._blind_keys = blind_keys
        self._ascii = ascii_only
        self._shown = PARTS[0]
        self._maximised = False
        self._station: Station | None = None
        self._places: tuple[Place, ...] = ()
        self._tab_ends: tuple[tuple[int, str], ...] = ()
        self._parts: tuple[FacilitatorStrip | FacilitatorPanel, ...] = (
            FacilitatorStrip("head", lambda station, width, _: draw_header(station, width)),
            FacilitatorStrip("band", draw_band),
            FacilitatorStrip("watch", draw_watch),
            FacilitatorStrip("tabs", self._draw_tabs),
            *(
                FacilitatorPanel(kind, number).set_class(ascii_only, "ascii")
                for number, kind in enumerate(KINDS, start=1)
            ),
            FacilitatorStrip("foot", self._draw_keys),
        )

    def compose(self) -> ComposeResult:
        """All parts; the arrangement hides those that have no place."""
        yield from self._parts

    def _draw_tabs(self, station: Station, width: int, height: int) -> list[Line]:
        visible = frozenset(place.name for place in self._places if place.name in PARTS)
        titles = [row for row in _TAB_NAMES if row[1] in self.parts]
        line, self._tab_ends = draw_tabs(station, titles, visible, width)
        return [line]

    def _draw_keys(self, station: Station, width: int, height: int) -> list[Line]:
        keys = self._blind_keys if station.blind else self._keys
        return draw_keys(station, keys, width, height)

    def on_mount(self) -> None:
        """Arrange for the first size."""
        self._arrange()

    def on_resize(self, event: Resize) -> None:
        """Arrange for the new size."""
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.app.size
        station = self._station
        places = arrange_station(
            width,
            height,
            self._shown,
            band=self._band_rows(station),
            maximised=self._maximised,
            score=station is not None and station.score_shown,
            blind=station is not None and station.blind,
            over=station is not None and bool(station.over),
        )
        if places == self._places:
            return
        self._places = places
        by_name = {place.name: place for place in places}
        for part in self._parts:
            place = by_name.get(part.id or "")
            part.display = place is not None
            if place is not None:
                part.styles.offset = (place.x, place.y)
                part.styles.width = place.width
                part.styles.height = place.height

    def _band_rows(self, station: Station | None) -> int:
        if station is None:
            return 0
        return len(draw_band(station, self.app.size.width, BAND_ROWS_MAX))

    def paint(self, station: Station) -> None:
        """Show a moment everywhere."""
        self._station = station
        with self.app.batch_update():
            self._arrange()
            for part in self._parts:
                part.paint(station)

    def _paint_again(self) -> None:
        if self._station is not None:
            self.paint(self._station)

    @property
    def panel(self) -> FacilitatorPanel | None:
        """The panel that has the keys."""
        return self.focused if isinstance(self.focused, FacilitatorPanel) else None

    @property
    def parts(self) -> tuple[str, ...]:
        """The panels there are: a blind host has few."""
        blind = self._station is not None and self._station.blind
        return BLIND_PARTS if blind else PARTS

    def part(self, name: str) -> FacilitatorPanel:
        """A panel by its name."""
        return self.query_one(f"#{name}", FacilitatorPanel)

    def show_part(self, part: str) -> None:
        """Give a panel the keys, and bring it to the screen if it is hidden."""
        if part not in self.parts:
            return
        self._shown = part
        before = self._places
        self._arrange()
        self.set_focus(self.part(part))
        if self._station is not None and self._places != before:
            self.call_after_refresh(self._paint_again)

    def next_part(self, steps: int) -> None:
        """The next panel in order, around the corner."""
        parts = self.parts
        now = "" if self.panel is None else self.panel.kind.part
        at = parts.index(now) + steps if now in parts else 0
        self.show_part(parts[at % len(parts)])

    def maximise(self) -> None:
        """The focused panel alone, or all of them again."""
        self._maximised = not self._maximised
        self.show_part(self._shown if self.panel is None else self.panel.kind.part)

    def step_back(self) -> None:
        """Undo the choice in the focused panel, then maximising, then the focus."""
        if self.panel is not None and self.panel.choose_none():
            return
        if self._maximised:
            self.maximise()
        else:
            self.set_focus(None)

    def on_facilitator_strip_clicked(self, message: FacilitatorStrip.Clicked) -> None:
        """A tab shows its panel."""
        if message.part == "tabs":
            part = next((part for end, part in self._tab_ends if message.x < end), None)
            if part is not None:
                self.show_part(part)
