"""The main screen: puts every part where the arrangement says, and hands the moment to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import Screen

from outage_tui.dashboard.keys import KEYS
from outage_tui.dashboard.renderables.arrangement import PANELS, arrange
from outage_tui.dashboard.viewing import Viewing
from outage_tui.dashboard.widgets.dns_panel import DnsPanel
from outage_tui.dashboard.widgets.drawing import Drawing
from outage_tui.dashboard.widgets.events_panel import EventsPanel
from outage_tui.dashboard.widgets.foot_line import FootLine
from outage_tui.dashboard.widgets.hint import Hint
from outage_tui.dashboard.widgets.impact_strip import ImpactStrip
from outage_tui.dashboard.widgets.latency_panel import LatencyPanel
from outage_tui.dashboard.widgets.launches_panel import LaunchesPanel
from outage_tui.dashboard.widgets.leases_panel import LeasesPanel
from outage_tui.dashboard.widgets.nlb_panel import NlbPanel
from outage_tui.dashboard.widgets.panel import Panel
from outage_tui.dashboard.widgets.services_panel import ServicesPanel
from outage_tui.dashboard.widgets.status_line import StatusLine
from outage_tui.dashboard.widgets.tab_line import TabLine
from outage_tui.dashboard.widgets.timeline_strip import TimelineStrip

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.widget import Widget

    from outage_tui.dashboard.renderables.arrangement import Place
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Opening, Scene

HINT_WIDTH_MIN, HINT_HEIGHT_MIN = 60, 20
_SHORT_TITLES: Final = (
    ("dns", "DNS"),
    ("leases", "Leases"),
    ("launches", "EC2"),
    ("nlb", "NLB"),
    ("latency", "Latency"),
    ("services", "Services"),
    ("events", "Events"),
)


class MainScreen(Screen[None]):
    """Knows where things are and which panel has the keys; no truth about the run."""

    DEFAULT_CSS = "MainScreen { layers: base hint; overflow: hidden; }"
    AUTO_FOCUS = ""
    # Textual's own tab walks over what is visible; here it also brings hidden panels to the screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.next_part(1)", show=False, id="panel.next"),
        Binding("shift+tab", "app.next_part(-1)", show=False, id="panel.previous"),
    ]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual's own, but without painting the whole screen: two frames change, and they know it."""

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__()
        self._ascii = ascii_only
        self._shown = "dns"
        self._maximised = False
        self._timeline_alone = False
        self._scene: Scene | None = None
        self._opening: Opening | None = None
        self._places: tuple[Place, ...] = ()

    def compose(self) -> ComposeResult:
        """All parts; the arrangement hides those that have no place."""
        yield StatusLine("status")
        yield ImpactStrip("impact")
        yield TabLine(_SHORT_TITLES)
        for panel in (
            DnsPanel,
            LeasesPanel,
            LaunchesPanel,
            NlbPanel,
            LatencyPanel,
            ServicesPanel,
            EventsPanel,
        ):
            yield panel().set_class(self._ascii, "ascii")
        yield TimelineStrip("timeline")
        app = self.app
        yield FootLine("foot", app.keys if isinstance(app, Viewing) else KEYS)

    def on_mount(self) -> None:
        """Arrange for the first size, and draw what came before there was a screen."""
        self._arrange()
        if self._scene is not None:
            self.paint(self._scene)
        elif self._opening is not None:
            self.open(self._opening)

    def on_resize(self, event: Resize) -> None:
        """Arrange for the new size."""
        self._arrange()

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows for the arrangement, from the top left."""
        return self.app.size.width, self.app.size.height

    def _arrange(self) -> None:
        width, height = self.room
        focus = "timeline" if self._timeline_alone else self._shown
        places = tuple(arrange(width, height, focus, maximised=self._maximised))
        if places == self._places:
            return
        self._places = places
        by_name = {place.name: place for place in places}
        for part in self.query(Drawing):
            place = by_name.get(part.id or "")
            part.display = place is not None
            if place is not None:
                part.styles.offset = (place.x, place.y)
                part.styles.width = place.width
                part.styles.height = place.height
        panels = frozenset(name for name in by_name if name in PANELS)
        self.query_one(TabLine).show_visible(panels)

    def paint(self, scene: Scene) -> None:
        """Show a moment everywhere."""
        self._scene = scene
        with self.app.batch_update():
            for part in self.query(Drawing):
                part.paint(scene)

    def open(self, opening: Opening) -> None:
        """Show that there is no moment yet."""
        self._opening = opening
        for part in self.query(Drawing):
            part.open(opening)

    @property
    def panel(self) -> Panel | None:
        """The panel that has the keys."""
        return self.focused if isinstance(self.focused, Panel) else None

    @property
    def explained(self) -> tuple[str, str] | None:
        """Title and help of what has the keys."""
        if isinstance(self.focused, Panel | TimelineStrip):
            return self.focused.TITLE, self.focused.HELP
        return None

    def show_hint(self, ink: Ink) -> None:
        """The words for a first start, where there is room for them."""
        width, height = self.app.size
        if width >= HINT_WIDTH_MIN and height >= HINT_HEIGHT_MIN:
            self.mount(Hint(ink))

    def hide_hint(self) -> None:
        """Take them away."""
        for hint in self.query(Hint):
            hint.remove()

    def pointed_row(self) -> str:
        """The row of the focused panel that the pointer is on; without one, all its rows."""
        panel = self.panel
        if panel is None:
            return ""
        if isinstance(panel, EventsPanel) and panel.chosen_text:
            return panel.chosen_text
        x, y = self.app.mouse_position
        if panel.content_region.contains(x, y):
            return panel.row_text(y - panel.content_region.y)
        return panel.shown_text

    def show_part(self, part: str) -> None:
        """Give a panel (or the timeline) the keys, and bring it to the screen if it is hidden."""
        if part != "timeline":
            self._shown, self._timeline_alone = part, False
        before = self._places
        self._arrange()
        self.query_one(f"#{part}").focus()
        if self._scene is not None and self._places != before:
            self.call_after_refresh(self.paint, self._scene)

    def next_part(self, steps: int) -> None:
        """The next panel in order, around the corner."""
        current = self.panel.PART if self.panel is not None else ""
        at = PANELS.index(current) + steps if current in PANELS else 0
        self.show_part(PANELS[at % len(PANELS)])

    def maximise(self) -> None:
        """The focused panel alone (or the timeline with all milestones), or all of them again."""
        self._maximised = not self._maximised
        on_timeline = isinstance(self.focused, TimelineStrip)
        self._timeline_alone = self._maximised and on_timeline
        if self.panel is not None:
            self._shown = self.panel.PART
        self.show_part("timeline" if on_timeline else self._shown)

    def step_back(self) -> bool:
        """Undo maximising, then focus; False when there is nothing to undo."""
        if self._maximised:
            self.maximise()
            return True
        if self.focused is not None:
            self.set_focus(None)
            return True
        return False
