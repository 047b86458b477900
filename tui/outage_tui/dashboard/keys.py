"""All keys of the main screen: one table, from which bindings, help and the palette are made.

Every binding has an id, by which a keymap can rebind it. Plain keys only: terminals keep many
combinations for themselves.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

PACES: Final = (1.0, 10.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 0.0)
"""Virtual seconds for each second, slowest first; 0 is as fast as possible."""


def _key(keys: str, action: str, words: str, id: str) -> Binding:
    return Binding(keys, action, words, show=False, id=id)


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
    _key("slash", "filter", "filter the events; !word inverts", "filter"),
    _key("y", "copy", "copy the selection, or the focused panel's text", "copy"),
    _key("s", "picture", "save a screenshot (SVG)", "screenshot"),
)
