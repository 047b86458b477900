"""All keys of a facilitator's terminal: bindings, foot, help and palette are made from this table.

Plain keys only. Ids that the dashboard has too (`help`, `quit`, `theme.next`) are rebound with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.keys import Key
from outage_tui.dashboard.renderables.facilitator_arrangement import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

PACES: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1000.0)
"""Virtual seconds for each second, slowest first."""
_TITLES: Final = ("truth", "events", "players", "journal", "room", "run", "score")

FACILITATOR_KEYS: Final = (
    Key("ctrl+p", "palette", "search everything that can be done", "palette"),
    Key("question_mark,f1", "help", "help for the focused panel, and all keys", "help"),
    Key("space", "freeze", "freeze virtual time for everybody, or go on", "drill.freeze"),
    Key("plus", "pace(1)", "faster", "pace.faster"),
    Key("minus", "pace(-1)", "slower", "pace.slower"),
    Key("equals_sign", "pace(0)", "automatic pace", "pace.auto"),
    Key("f", "fire", "event: have the chosen one come now", "drill.fire"),
    Key("x", "skip", "event: leave the chosen one out", "drill.skip"),
    Key("t", "edit", "event: give the chosen one another text", "drill.edit"),
    Key("d", "put_off", "event: let the chosen one come later", "drill.put_off"),
    Key("i", "break_something", "break something in the run", "drill.break"),
    Key("m", "mend", "mend what was broken on purpose", "drill.mend"),
    Key("o", "override", "sensor: off, hold, say a value, restore", "drill.override"),
    Key("u", "undo", "take back the last override or break", "drill.undo"),
    Key("g", "go_back", "go back to an earlier moment", "drill.go_back"),
    Key("b", "branches", "recordings left by going back, and how to compare", "drill.branches"),
    Key("n", "note", "a note for the journal", "drill.note"),
    Key("M", "mark", "a private mark: objective or seat, P S M U, text", "drill.mark"),
    Key("c", "codes", "show or hide the codes to join with", "drill.codes"),
    Key("C", "steering_code", "show or hide the facilitator's code too", "drill.steering_code"),
    Key("s", "score", "show or hide score and marks", "drill.score"),
    Key("R", "report", "write the report of what is recorded so far", "drill.report"),
    Key("X", "stop", "end the drill, with a why", "drill.stop"),
    *(
        Key(str(n), f"show_part('{part}')", f"panel {n}: {_TITLES[n - 1]}", f"drill.panel.{n}")
        for n, part in enumerate(PARTS, 1)
    ),
    Key("tab,l", "next_part(1)", "next panel", "panel.next"),
    Key("shift+tab,h", "next_part(-1)", "previous panel", "panel.previous"),
    Key("j,down", "move(1)", "next row", "scroll.down"),
    Key("k,up", "move(-1)", "row before", "scroll.up"),
    Key("pagedown", "move(10)", "down by ten", "scroll.down10"),
    Key("pageup", "move(-10)", "up by ten", "scroll.up10"),
    Key("enter", "open", "what can be done with the chosen row", "drill.open"),
    Key("e", "maximise", "the focused panel alone, or all again", "panel.maximise"),
    Key("escape", "step_back", "back: no filter, no choice, all panels", "back"),
    Key("slash", "filter", "filter the journal; !word inverts", "filter"),
    Key("y", "copy", "copy the selection, or the focused panel's text", "copy"),
    Key("T", "next_theme", "next theme", "theme.next"),
    Key("q,ctrl+c", "leave", "leave; that ends the drill, its recording is kept", "quit"),
)

FOOT: Final = (
    (("help",), "help"),
    (("drill.freeze",), "freeze"),
    (("pace.faster", "pace.slower"), "pace"),
    (("drill.fire",), "fire"),
    (("drill.skip",), "skip"),
    (("drill.edit",), "text"),
    (("drill.put_off",), "delay"),
    (("drill.override",), "sensor"),
    (("drill.break",), "break"),
    (("drill.mend",), "mend"),
    (("drill.undo",), "undo"),
    (("drill.go_back",), "back"),
    (("drill.note",), "note"),
    (("drill.mark",), "mark"),
    (("drill.codes",), "codes"),
    (("drill.score",), "score"),
    (("drill.report",), "report"),
    (("drill.stop",), "stop"),
    (("palette",), "all"),
    (("quit",), "quit"),
    (("drill.branches",), "branches"),
)
"""Ids of keys that belong together, and what they do, the most useful first."""
BLIND: Final = frozenset(
    {"fire", "skip", "edit", "put_off", "break_something", "mend", "override", "undo"}
    | {"mark", "score", "report"}
)
"""Actions that need the truth, or give it away: not for a blind host."""


def rebound(keymap: Mapping[str, str]) -> dict[str, str]:
    """What of a person's keymap can be had here: a key that does something else stays with it."""
    had: dict[str, str] = {}
    for key in FACILITATOR_KEYS:
        wanted = keymap.get(key.id)
        if wanted is None:
            continue
        others = {
            name
            for other in FACILITATOR_KEYS
            if other.id != key.id
            for name in had.get(other.id, other.key).split(",")
        }
        if not others & set(wanted.split(",")):
            had[key.id] = wanted
    return had
