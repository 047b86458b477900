"""All keys of a facilitator's terminal: bindings, foot, help and palette are made from this table.

Their ids begin with `facilitator.`; what the dashboard has too is called as there.
"""

from __future__ import annotations

from typing import Final

from outage_tui.dashboard.keys import Key, Keyboard
from outage_tui.dashboard.renderables.facilitator_arrangement import PARTS

PACES: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1000.0)
"""Virtual seconds for each second, slowest first."""
_TITLES: Final = ("truth", "events", "players", "journal", "room", "run", "score")

_ID: Final = "facilitator."


def _key(keys: str, action: str, words: str, id: str) -> Key:
    return Key(keys, action, words, _ID + id)


FACILITATOR_KEYS: Final = (
    _key("ctrl+p", "palette", "search everything that can be done", "palette"),
    _key("question_mark,f1", "help", "help for the focused panel, and all keys", "help"),
    _key("space", "freeze", "freeze virtual time for everybody, or go on", "freeze"),
    _key("plus", "pace(1)", "faster", "pace.faster"),
    _key("minus", "pace(-1)", "slower", "pace.slower"),
    _key("equals_sign", "pace(0)", "automatic pace", "pace.auto"),
    _key("f", "fire", "event: have the chosen one come now", "fire"),
    _key("x", "skip", "event: leave the chosen one out", "skip"),
    _key("t", "edit", "event: give the chosen one another text", "edit"),
    _key("d", "put_off", "event: let the chosen one come later", "put_off"),
    _key("i", "break_something", "break something in the run", "break"),
    _key("m", "mend", "mend what was broken on purpose", "mend"),
    _key("o", "override", "sensor: off, hold, say a value, restore", "override"),
    _key("u", "undo", "take back the last override or break", "undo"),
    _key("g", "go_back", "go back to an earlier moment", "go_back"),
    _key("b", "branches", "recordings left by going back, and how to compare", "branches"),
    _key("n", "note", "a note for the journal", "note"),
    _key("M", "mark", "a private mark: objective or seat, P S M U, text", "mark"),
    _key("c", "codes", "show or hide the codes to join with", "codes"),
    _key("C", "steering_code", "show or hide the facilitator's code too", "steering_code"),
    _key("s", "score", "show or hide score and marks", "score"),
    _key("R", "report", "write the report of what is recorded so far", "report"),
    _key("X", "stop", "end the drill, with a why", "stop"),
    *(
        _key(str(n), f"show_part('{part}')", f"panel {n}: {_TITLES[n - 1]}", f"panel.{n}")
        for n, part in enumerate(PARTS, 1)
    ),
    _key("tab,l", "next_part(1)", "next panel", "panel.next"),
    _key("shift+tab,h", "next_part(-1)", "previous panel", "panel.previous"),
    _key("j,down", "move(1)", "next row", "scroll.down"),
    _key("k,up", "move(-1)", "row before", "scroll.up"),
    _key("pagedown", "move(10)", "down by ten", "scroll.down10"),
    _key("pageup", "move(-10)", "up by ten", "scroll.up10"),
    _key("enter", "open", "what can be done with the chosen row", "open"),
    _key("e", "maximise", "the focused panel alone, or all again", "panel.maximise"),
    _key("escape", "step_back", "back: no filter, no choice, all panels", "back"),
    _key("slash", "filter", "filter the journal; !word inverts", "filter"),
    _key("y", "copy", "copy the selection, or the focused panel's text", "copy"),
    _key("T", "next_theme", "next theme", "theme.next"),
    _key("q,ctrl+c", "leave", "leave; that ends the drill, its recording is kept", "quit"),
)

_FOOT: Final = (
    (("help",), "help"),
    (("freeze",), "freeze"),
    (("pace.faster", "pace.slower"), "pace"),
    (("fire",), "fire"),
    (("skip",), "skip"),
    (("edit",), "text"),
    (("put_off",), "delay"),
    (("override",), "sensor"),
    (("break",), "break"),
    (("mend",), "mend"),
    (("undo",), "undo"),
    (("go_back",), "back"),
    (("note",), "note"),
    (("mark",), "mark"),
    (("codes",), "codes"),
    (("score",), "score"),
    (("report",), "report"),
    (("stop",), "stop"),
    (("palette",), "all"),
    (("quit",), "quit"),
    (("branches",), "branches"),
)
FOOT: Final = tuple((tuple(_ID + id for id in ids), words) for ids, words in _FOOT)
"""Ids of keys that belong together, and what they do, the most useful first."""
FACILITATOR_KEYBOARD: Final = Keyboard(FACILITATOR_KEYS)
BLIND: Final = frozenset(
    {"fire", "skip", "edit", "put_off", "break_something", "mend", "override", "undo"}
    | {"mark", "score", "report"}
)
"""Actions that need the truth, or give it away: not for a blind host."""
