"""All keys of a seat's screen, by seat: bindings, help, foot and palette are made from this.

Their ids begin with `drill.`; what the dashboard has too is called as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.keys import Key, Keyboard, in_force
from outage_tui.dashboard.renderables.player_seats import COMMAND_KEYS, command_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEERING: Final = (
    Key("f", "freeze", "freeze: time stands still for everybody, or goes on", "drill.freeze"),
    Key("plus", "pace(1)", "time goes faster", "drill.pace.faster"),
    Key("minus", "pace(-1)", "time goes slower", "drill.pace.slower"),
    Key(
        "equals_sign",
        "pace(0)",
        "the pace by itself: slow while something waits",
        "drill.pace.auto",
    ),
    Key("g", "go_back", "go back to an earlier moment, and play on from there", "drill.go_back"),
)
_SCREEN: Final = (
    *(Key(str(n), f"show_panel({n})", f"panel {n}", f"drill.panel.{n}") for n in range(1, 8)),
    Key("tab", "next_panel(1)", "next panel", "drill.panel.next"),
    Key("shift+tab", "next_panel(-1)", "previous panel", "drill.panel.previous"),
    Key("e", "large", "the panel alone, or all again", "drill.panel.maximise"),
    Key("down", "scroll_panel(1)", "scroll down", "drill.scroll.down"),
    Key("up", "scroll_panel(-1)", "scroll up", "drill.scroll.up"),
    Key("pagedown", "scroll_panel(10)", "scroll down by ten", "drill.scroll.down10"),
    Key("pageup", "scroll_panel(-10)", "scroll up by ten", "drill.scroll.up10"),
    Key("b", "briefing", "the briefing again", "drill.briefing"),
    Key("question_mark,f1", "help", "help: what the panels mean, and all keys", "drill.help"),
    Key("ctrl+p", "palette", "search everything that can be done", "drill.palette"),
    Key("T", "next_theme", "next theme", "drill.theme.next"),
    Key("s", "screenshot_svg", "save a picture of the screen (SVG)", "drill.screenshot"),
    Key("escape", "step_back", "back: all panels, the newest", "drill.back"),
    Key("enter", "go_on", "on, when the drill is over", "drill.on"),
    Key("q,ctrl+c", "leave", "leave the drill", "drill.quit"),
)

_COMMANDS: Final = tuple(
    Key(one.key, f"command('{one.kind}')", one.words, f"drill.{one.kind}") for one in COMMAND_KEYS
)
ALL_KEYS: Final = (*_COMMANDS, *_STEERING, *_SCREEN)
"""Of all seats together: no key means two things."""


def player_keys(seat: str, *, may_steer: bool) -> Sequence[Key]:
    """The keys of a seat."""
    said = {f"drill.{one.kind}" for one in command_keys(seat)}
    commands = tuple(key for key in _COMMANDS if key.id in said)
    return (*commands, *(_STEERING if may_steer else ()), *_SCREEN)


def player_keyboard(
    seat: str, *, may_steer: bool, keymap: Mapping[str, str] | None = None
) -> Keyboard:
    """The keys of a seat as they are in force."""
    every = in_force(keymap or {}, ALL_KEYS)
    own = {key.id for key in player_keys(seat, may_steer=may_steer)}
    return Keyboard(
        tuple(key for key in every if key.id in own),
        others=tuple(key for key in every if key.id not in own),
    )
