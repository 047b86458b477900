"""The screen of a seat: puts every part where the arrangement says, and hands the moment to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import attrs
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import Screen

from outage_agents.drills.seats import SEES_IMPACT
from outage_tui.dashboard.player_panels import PANEL_KINDS
from outage_tui.dashboard.renderables.player_arrangement import (
    Contents,
    arrange_player,
    first_panel,
    has_tabs,
    panels_of,
)
from outage_tui.dashboard.renderables.player_foot import foot_keys, key_rows
from outage_tui.dashboard.renderables.player_roster import roster_rows
from outage_tui.dashboard.widgets.player_attention import PlayerAttention
from outage_tui.dashboard.widgets.player_clocks import PlayerClocks
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing
from outage_tui.dashboard.widgets.player_foot import PlayerFoot
from outage_tui.dashboard.widgets.player_panel import PlayerPanel
from outage_tui.dashboard.widgets.player_tabs import PlayerTabs

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.widget import Widget

    from outage_tui.dashboard.keys import Keyboard
    from outage_tui.dashboard.renderables.arrangement import Place
    from outage_tui.dashboard.renderables.player_scene import PlayerScene
    from outage_tui.drill_link import Welcome


ROOMY_MIN: Final = 48
"""From so many rows on, sensors get some more."""
_PAGES_ROWS_MIN: Final = 4


class PlayerScreen(Screen[None]):
    """Knows where things are and which panel has the keys; nothing of the drill."""

    DEFAULT_CSS = "PlayerScreen { overflow: hidden; }"
    AUTO_FOCUS = ""
    # Textual's own tab walks over what is visible; here it also brings hidden panels to the screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.next_panel(1)", show=False, id="drill.panel.next"),
        Binding("shift+tab", "app.next_panel(-1)", show=False, id="drill.panel.previous"),
    ]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual's own, but without painting the whole screen: two frames change, and they know it."""

    def __init__(self, welcome: Welcome, keys: Keyboard, *, ascii_only: bool) -> None:
        """`keys`: those of this seat that are in force."""
        super().__init__()
        self._welcome = welcome
        self._keys = keys
        self._ascii = ascii_only
        self._chosen = ""
        self._large = False
        self._ready = False
        self._scene: PlayerScene | None = None
        self._places: tuple[Place, ...] = ()

    def compose(self) -> ComposeResult:
        """All parts; the arrangement hides those that have no place."""
        yield PlayerClocks("clocks")
        yield PlayerAttention("attention")
        yield PlayerTabs("tabs")
        for kind in PANEL_KINDS:
            if kind.part == "sensors" and self._welcome.seat in SEES_IMPACT:
                kind = attrs.evolve(kind, title="Sensors: what customers notice")
            yield PlayerPanel(kind).set_class(self._ascii, "ascii")
        yield PlayerFoot("foot")

    def on_mount(self) -> None:
        """Arrange for the first size, and draw what came before there was a screen."""
        self._ready = True
        self._arrange()
        if self._scene is not None:
            self.paint(self._scene)

    def on_resize(self, event: Resize) -> None:
        """Arrange for the new size."""
        self._arrange()

    # Where things are --------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[str, ...]:
        """The panels of this seat, in the order of their keys."""
        return panels_of(self._contents(()))

    def _contents(self, keys: tuple[tuple[str, str], ...]) -> Contents:
        scene, width = self._scene, self.app.size.width
        wanted, absent = {}, set[str]()
        if scene is not None:
            wanted = {"roster": roster_rows(scene) + 2}
            wanted["pages"] = max(_PAGES_ROWS_MIN, len(scene.view.alerts)) + 2
            count = len(scene.view.readings)
            if count:
                wanted["sensors"] = (4 * count if self.app.size.height >= ROOMY_MIN else count) + 2
            elif scene.begun and self._welcome.seat != "operations":
                absent.add("sensors")
        return Contents(self._welcome.seat, len(key_rows(keys, width)), wanted, frozenset(absent))

    def _arrange(self) -> None:
        width, height = self.app.size
        steer = self._welcome.may_steer
        tabs = has_tabs(width, height, maximised=self._large)
        count = 0 if tabs else len(self.parts)
        hints = None if self._scene is None else self._scene.view.hints_left
        keys = foot_keys(self._welcome.seat, count, may_steer=steer, hints=hints, keys=self._keys)
        contents = self._contents(tuple(keys))
        parts = panels_of(contents)
        chosen = self._chosen or first_panel(contents)
        places = arrange_player(width, height, contents, chosen, maximised=self._large)
        self.query_one(PlayerFoot).said = keys
        if places == self._places:
            return
        self._places = places
        by_name = {place.name: place for place in places}
        for part in self.query(PlayerDrawing):
            place = by_name.get(part.id or "")
            part.display = place is not None
            if place is not None:
                part.set_class("tabs" in by_name, "low")
                part.styles.offset = (place.x, place.y)
                part.styles.width = place.width
                part.styles.height = place.height
        for panel in self.query(PlayerPanel):
            if panel.id in parts:
                panel.number(parts.index(panel.id) + 1)
        visible = frozenset(name for name in by_name if name in parts)
        self.query_one(PlayerTabs).show_visible(parts, visible)

    def paint(self, scene: PlayerScene) -> None:
        """Show a moment everywhere."""
        self._scene = scene
        if not self._ready:
            return
        self._arrange()
        with self.app.batch_update():
            for part in self.query(PlayerDrawing):
                part.paint(scene)

    # What has the keys -------------------------------------------------------------------------

    @property
    def panel(self) -> PlayerPanel | None:
        """The panel that has the keys."""
        return self.focused if isinstance(self.focused, PlayerPanel) else None

    @property
    def talk_is_read(self) -> bool:
        """Whether the newest of what people say is on the screen."""
        if not self._ready:
            return False
        says = self.query_one("#says", PlayerPanel)
        return bool(says.display) and says.at_newest

    def show_panel(self, part: str) -> None:
        """Give a panel the keys, and bring it to the screen if it is hidden."""
        self._chosen = part
        before = self._places
        self._arrange()
        self.query_one(f"#{part}").focus()
        if self._scene is not None and self._places != before:
            self.call_after_refresh(self.paint, self._scene)

    def next_panel(self, steps: int) -> None:
        """The next one in order, around the corner."""
        parts = self.parts
        current = self.panel.id if self.panel is not None else ""
        at = parts.index(current) + steps if current in parts else 0
        self.show_panel(parts[at % len(parts)])

    def make_large(self) -> None:
        """The panel that has the keys alone, or all of them again."""
        self._large = not self._large
        current = self.panel.id if self.panel is not None else self._chosen
        self.show_panel(current if current in self.parts else first_panel(self._contents(())))

    def scroll_panel(self, steps: int) -> None:
        """Scroll the panel that has the keys, else what people say."""
        panel = self.panel or self.query_one("#says", PlayerPanel)
        panel.scroll_steps(steps)

    def step_back(self) -> None:
        """Undo what was made large, then what was scrolled and chosen."""
        if self._large:
            self.make_large()
            return
        for panel in self.query(PlayerPanel):
            panel.to_newest()
        self.set_focus(None)
        self._chosen = ""
        self._arrange()
