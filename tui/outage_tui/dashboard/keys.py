"""All keys of the main screen: one table, from which bindings, help and the palette are made.

Those of a drill's screens are in `player_keys` and `facilitator_keys`. Every key has an id, by
which a configuration can rebind it; an id belongs to one screen. Plain keys only: terminals keep
many combinations for themselves. Nothing here needs Textual, so that a configuration can be
checked before anything starts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACES: Final = (1.0, 10.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 0.0)
"""Virtual seconds for each second, slowest first; 0 is as fast as possible."""


@attrs.frozen
class Key:
    """What one or more keys do."""

    key: str
    """Names of the keys as Textual knows them, with commas between."""
    action: str
    """What the application is asked to do."""
    description: str
    id: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The names, one by one."""
        return tuple(self.key.split(","))


def _key(keys: str, action: str, words: str, id: str) -> Key:
    return Key(keys, action, words, id)


_PANEL_NAMES: Final = (
    "DNS",
    "Leases",
    "EC2 and Network Manager",
    "NLB",
    "Latency",
    "Services",
    "Events",
    "Timeline",
)

KEYS: Final = (
    _key("ctrl+p", "palette", "search everything that can be done", "palette"),
    _key("question_mark,f1", "help", "help for the focused panel, and all keys", "help"),
    _key("q,ctrl+c", "leave", "quit; the recording is closed properly", "quit"),
    _key("Q", "leave_report", "quit and leave a text report on the terminal", "quit.report"),
    _key("ctrl+z", "suspend_process", "to the shell; fg comes back, the run goes on", "suspend"),
    _key("space", "freeze", "freeze the display; the run goes on", "display.freeze"),
    _key("P", "halt", "halt the simulation, or let it go on", "run.halt"),
    _key("plus", "pace(1)", "faster", "pace.faster"),
    _key("minus", "pace(-1)", "slower", "pace.slower"),
    _key("equals_sign", "pace(0)", "automatic pace", "pace.auto"),
    _key("full_stop", "step(1)", "one event further while halted; one frame in a replay", "step"),
    _key("comma", "step(-1)", "one frame back in a replay", "step.back"),
    _key("left", "seek(-1)", "1 minute back (replay)", "seek.back"),
    _key("right", "seek(1)", "1 minute on (replay)", "seek.on"),
    _key("shift+left", "seek(-10)", "10 minutes back (replay)", "seek.back10"),
    _key("shift+right", "seek(10)", "10 minutes on (replay)", "seek.on10"),
    _key("home", "seek_end(False)", "to the beginning (replay)", "seek.first"),
    _key("end", "seek_end(True)", "to the end (replay)", "seek.last"),
    _key("left_square_bracket", "milestone(-1)", "previous milestone (replay)", "milestone.back"),
    _key("right_square_bracket", "milestone(1)", "next milestone (replay)", "milestone.on"),
    _key("g", "go_to", "go to a time: 04:14 or T+266m (replay)", "seek.to"),
    _key("a", "act", "order an action: what operators can do, its needs and risks", "act"),
    _key("A", "orders", "orders: how far they are, what came of them; call one off", "orders"),
    _key("i", "inject", "inject a fault, or end one", "inject"),
    _key("F", "fork", "fork: go another way from the moment shown", "fork"),
    _key("m", "mark", "mark this moment with a name", "mark"),
    *(
        _key(str(n), f"show_part({n})", f"panel {n}: {name}", f"panel.{n}")
        for n, name in enumerate(_PANEL_NAMES, 1)
    ),
    _key("tab,l", "next_part(1)", "next panel", "panel.next"),
    _key("shift+tab,h", "next_part(-1)", "previous panel", "panel.previous"),
    _key("e", "maximise", "the focused panel alone, or all again", "panel.maximise"),
    _key("escape", "step_back", "back: clear filter, all panels, no focus", "back"),
    _key("j,down", "scroll_panel(1)", "scroll the panel down", "scroll.down"),
    _key("k,up", "scroll_panel(-1)", "scroll the panel up", "scroll.up"),
    _key("slash", "filter", "filter events and DNS; !word inverts", "filter"),
    _key("w", "why", "why? the causes of the chosen event, service or milestone", "why"),
    _key("c", "lay_behind", "latency: lay another curve behind, or none", "latency.behind"),
    _key(
        "C",
        "lay_recording_behind",
        "latency: lay another recording's curve behind",
        "latency.other",
    ),
    _key("f", "fidelity", "how close this run comes to the published night", "fidelity"),
    _key("pagedown", "scroll_panel(10)", "scroll the panel down by ten", "scroll.down10"),
    _key("pageup", "scroll_panel(-10)", "scroll the panel up by ten", "scroll.up10"),
    _key("y", "copy", "copy the selection, or the row under the pointer or cursor", "copy"),
    _key("Y", "copy_panel", "copy the focused panel's text", "copy.panel"),
    _key("E", "export", "export the focused panel's data (CSV)", "export"),
    _key("s", "picture", "save a screenshot (SVG or text)", "screenshot"),
    _key("T", "next_theme", "next theme", "theme.next"),
)

SIGNS: Final = {
    "question_mark": "?",
    "exclamation_mark": "!",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "semicolon": ";",
    "slash": "/",
    "backslash": "\\",
    "vertical_line": "|",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "quotation_mark": '"',
    "apostrophe": "'",
    "asterisk": "*",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "at": "@",
    "circumflex_accent": "^",
    "underscore": "_",
    "grave_accent": "`",
    "tilde": "~",
}
"""Keys whose name is not what is printed on them."""

_NAMED: Final = (
    *("space", "tab", "enter", "escape", "backspace", "delete", "insert"),
    *("home", "end", "pageup", "pagedown", "up", "down", "left", "right"),
    *(f"f{n}" for n in range(1, 13)),
)
_MODIFIERS: Final = ("ctrl", "alt", "shift")


_ID: Final = re.compile(r"\{([\w.]+)\}")
UNBOUND: Final = "none"
"""The name that stands for no key at all."""


def readable(keys: str) -> str:
    """`question_mark,f1` as `? f1`; nothing for no key."""
    return " ".join(shown(key) for key in keys.split(",") if key != UNBOUND)


def shown(key: str) -> str:
    """One key as it is printed on a keyboard: `?`, `ctrl+p`."""
    modifiers, _, last = key.rpartition("+")
    return f"{modifiers}+{SIGNS.get(last, last)}" if modifiers else SIGNS.get(last, last)


def key_named(text: str) -> str | None:
    """Textual's name of a key as people write it (`?`, `f1`, `ctrl+p`); None when it is no key."""
    *modifiers, last = text.split("+") if text not in ("+",) else ["+"]
    if any(modifier not in _MODIFIERS for modifier in modifiers):
        return None
    names = {sign: name for name, sign in SIGNS.items()}
    if last in names:
        last = names[last]
    elif not (
        last in SIGNS or last in _NAMED or (len(last) == 1 and last.isalnum() and last.isascii())
    ):
        return None
    return "+".join([*modifiers, last])


def in_force(keymap: Mapping[str, str], table: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """A screen's table with some keys rebound: `keymap` holds, by id, names with commas between."""
    return tuple(attrs.evolve(key, key=keymap.get(key.id, key.key)) for key in table)


def clashes(
    keymap: Mapping[str, str], table: Sequence[Key] = KEYS
) -> tuple[tuple[str, str, str], ...]:
    """Keys that would do two things on a screen: the key, and the ids of both."""
    taken: dict[str, str] = {}
    found = []
    for key in in_force(keymap, table):
        for name in key.keys:
            if name == UNBOUND:
                continue
            if name in taken:
                found.append((name, taken[name], key.id))
            taken.setdefault(name, key.id)
    return tuple(found)


@attrs.frozen
class Keyboard:
    """The keys of a screen as they are in force, for what is said on it about them."""

    keys: tuple[Key, ...]
    others: tuple[Key, ...] = ()
    """Of those who have the same screen with other keys, and are spoken of as well."""

    def sign(self, id: str) -> str:
        """The first key for something, as it is printed; empty when nothing but the palette does
        it."""
        return _sign(self.keys, id)

    def signs(self, *ids: str) -> str:
        """The first keys for several things that belong together: `+/-`."""
        return "/".join(sign for sign in map(self.sign, ids) if sign)

    def worded(self, text: str) -> str:
        """A text in which an id in braces stands for its key."""
        keys = (*self.keys, *self.others)
        return _ID.sub(lambda found: _sign(keys, found[1]) or "the palette", text)


def _sign(keys: Sequence[Key], id: str) -> str:
    first = next((key.keys[0] for key in keys if key.id == id), UNBOUND)
    return "" if first == UNBOUND else shown(first)
