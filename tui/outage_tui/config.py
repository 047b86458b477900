"""Settings and keys: a TOML file, checked whole before anything starts.

The file is `config.toml` in the folder `outage-tui` of the person's configuration folder
(`$XDG_CONFIG_HOME`, else what the platform has); `OUTAGE_TUI_CONFIG` names another, and set to
nothing it means that none is read. An option of the command line counts more than an environment
variable, that more than the file, and the file more than the default. `outage-tui config --print`
prints a complete file with every default and every key, those of a drill's screens as well.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from outage_agents.scenario_source import InputError, Source, nearest, read_source
from outage_tui.mishap import BadUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from outage_tui.dashboard.keys import Key

FILE_VARIABLE = "OUTAGE_TUI_CONFIG"
THEMES: Final = ("dark", "light", "ansi", "colour-blind")
FRAMES_PER_S_MAX: Final = 20
_PACE_MAX: Final = 1_000_000


@attrs.frozen
class Settings:
    """What a person has chosen."""

    theme: str = "dark"
    """One of `THEMES`."""
    ascii: bool = False
    frames_per_s: int = 10
    hint: bool = True
    """Whether the three lines for a first start may be shown."""
    pace: str = "auto"
    """As after `--speed`."""
    recordings: str = ""
    """Folder for new recordings; empty: the usual one."""
    keymap: Mapping[str, str] = attrs.field(factory=dict)
    """Rebound keys by id: Textual's names, with commas between."""


def config_file() -> Path | None:
    """The file that is read; None when none is to be read. It may not exist."""
    chosen = os.environ.get(FILE_VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    import platformdirs

    return Path(platformdirs.user_config_dir("outage-tui", appauthor=False)) / "config.toml"


def settings() -> Settings:
    """The settings in force, before the options of a command.

    Raises BadUsage that lists every problem of the file, and when a file that
    `OUTAGE_TUI_CONFIG` names cannot be read.
    """
    path = config_file()
    if path is None:
        return Settings()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if os.environ.get(FILE_VARIABLE):
            raise BadUsage(f"{path}: does not exist, and {FILE_VARIABLE} names it") from None
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"{path}: cannot be read: {error}") from None
    return read_settings(str(path), text)


def read_settings(label: str, text: str) -> Settings:
    """The settings that a file's text gives. Raises BadUsage that lists every problem."""
    try:
        source = read_source(label, text)
    except InputError as error:
        raise BadUsage(*error.problems) from error
    problems: list[str] = []
    chosen: dict[str, Any] = {}
    for section, content in source.content.items():
        if section == "keys" and isinstance(content, dict):
            chosen["keymap"] = _keymap(source, content, problems)
        elif section in _SECTIONS and isinstance(content, dict):
            chosen |= _section(source, section, content, problems)
        elif section in (*_SECTIONS, "keys"):
            problems.append(source.problem((section,), "must be a table, [" + section + "]"))
        else:
            near = nearest(section, [*_SECTIONS, "keys"])
            problems.append(source.problem((section,), "no such table", near))
    if problems:
        raise BadUsage(*problems)
    return Settings(**chosen)


@attrs.frozen
class _Field:
    """One setting of the file."""

    attribute: str
    """Of `Settings`."""
    default: str
    """As TOML."""
    about: str
    check: Callable[[Any], str]
    """What is wrong with a value; empty when nothing is."""
    near: Callable[[Any], str] = lambda _: ""
    """What was probably meant."""


def _theme(value: Any) -> str:
    return "" if value in THEMES else f"must be one of {', '.join(THEMES)}"


def _truth(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _frames(value: Any) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    good = whole and 1 <= value <= FRAMES_PER_S_MAX
    return "" if good else f"must be a whole number from 1 to {FRAMES_PER_S_MAX}"


def _pace(value: Any) -> str:
    if value in ("auto", "max"):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _PACE_MAX:
        return ""
    return f'must be "auto", "max" or a number above 0 and at most {_PACE_MAX}'


def _folder(value: Any) -> str:
    return "" if isinstance(value, str) and "\0" not in value else "must be the name of a folder"


_SECTIONS: Final[dict[str, dict[str, _Field]]] = {
    "dashboard": {
        "theme": _Field(
            "theme",
            '"dark"',
            "dark, light, ansi (the terminal's own 16 colours) or colour-blind (high contrast)",
            _theme,
            lambda value: nearest(str(value), THEMES),
        ),
        "ascii": _Field("ascii", "false", "draw with ASCII only", _truth),
        "frames_per_s": _Field(
            "frames_per_s", "10", f"how often to draw at most; 1 to {FRAMES_PER_S_MAX}", _frames
        ),
        "hint": _Field("hint", "true", "three lines of introduction at the first start", _truth),
    },
    "run": {
        "pace": _Field(
            "pace", '"auto"', "auto, max, or virtual seconds a second; --speed counts more", _pace
        ),
        "recordings": _Field(
            "recordings",
            '""',
            "folder for new recordings; empty: recordings/ of a checkout, else the folder for\n"
            "programs' data. OUTAGE_TUI_RECORDINGS counts more",
            _folder,
        ),
    },
}


def _section(
    source: Source, section: str, content: Mapping[str, Any], problems: list[str]
) -> dict[str, Any]:
    known, chosen = _SECTIONS[section], dict[str, Any]()
    for name, value in content.items():
        path = (section, name)
        if name not in known:
            problems.append(source.problem(path, "no such setting", nearest(name, known)))
        elif wrong := known[name].check(value):
            problems.append(source.problem(path, wrong, known[name].near(value)))
        else:
            chosen[known[name].attribute] = str(value) if name == "pace" else value
    return chosen


def _keymap(source: Source, content: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
    from outage_tui.dashboard.keys import UNBOUND, clashes, key_named, shown

    known = [key.id for _, keys in _screens() for key in keys]
    keymap: dict[str, str] = {}
    for id, value in content.items():
        path = ("keys", id)
        wanted = [value] if isinstance(value, str) else value
        if id not in known and isinstance(value, dict):
            wrong = f'an id with dots stands in quotation marks, e.g. "{_first_id(path, value)}"'
            problems.append(source.problem(path, wrong))
        elif id not in known:
            problems.append(source.problem(path, "nothing has this id", nearest(id, known)))
        elif not isinstance(wanted, list) or not all(isinstance(key, str) for key in wanted):
            problems.append(source.problem(path, 'must be a key, or a list such as ["?", "f1"]'))
        else:
            names = {key: key_named(key) for key in wanted}
            unknown = [key for key, name in names.items() if name is None]
            problems += [source.problem(path, f"{key!r} is no key") for key in unknown]
            # A list of none: nothing but the palette does it any more.
            keymap[id] = ",".join(name for name in names.values() if name is not None) or UNBOUND
    for key, one, other in [clash for _, keys in _screens() for clash in clashes(keymap, keys)]:
        at = other if other in content else one
        rival = one if at == other else other
        problems.append(source.problem(("keys", at), f"{shown(key)} is taken by {rival} already"))
    return keymap


def _first_id(path: Sequence[str], content: Mapping[str, Any]) -> str:
    """The first id that was probably meant by a table within `[keys]`."""
    name, value = next(iter(content.items()), ("...", ""))
    here = (*path, name)
    return _first_id(here, value) if isinstance(value, dict) and value else ".".join(here[1:])


def _screens() -> tuple[tuple[str, Sequence[Key]], ...]:
    """Every screen whose keys can be others: what it is, and its keys. Ids belong to one screen,
    and on one screen no key does two things."""
    from outage_tui.dashboard.facilitator_keys import FACILITATOR_KEYS
    from outage_tui.dashboard.keys import KEYS
    from outage_tui.dashboard.player_keys import ALL_KEYS

    return (
        ("The dashboard.", KEYS),
        ("Who plays in a drill, all seats together.", ALL_KEYS),
        ("Who leads a drill.", FACILITATOR_KEYS),
    )


def default_file() -> str:
    """A complete configuration: every setting, every key, and what it is for."""
    from outage_tui.dashboard.keys import shown

    lines = ["# outage-tui: every setting and every key with its default.", ""]
    for section, fields in _SECTIONS.items():
        lines.append(f"[{section}]")
        for name, field in fields.items():
            lines += [f"# {words}" for words in field.about.splitlines()]
            lines += [f"{name} = {field.default}", ""]
    lines += [
        "# Keys by id: one, or a list. Plain ones; terminals keep many combinations.",
        "# An empty list: only the command palette does it any more.",
        "[keys]",
    ]
    for screen, keys in _screens():
        lines += ["", f"# -- {screen}"]
        for key in keys:
            names = ", ".join(_quoted(shown(name)) for name in key.keys)
            lines += [f"# {key.description}", f"{_quoted(key.id)} = [{names}]"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def show_config(*, complete: bool) -> int:
    """`outage-tui config`: which file is read and what it changes; with `--print` a whole file."""
    import sys

    if complete:
        sys.stdout.write(default_file())
        return 0
    path, chosen, default = config_file(), settings(), Settings()
    if path is None:
        print(f"no file is read: {FILE_VARIABLE} is set to nothing")
    else:
        print(f"{path}{'' if path.exists() else ' (does not exist: all defaults)'}")
    for field in attrs.fields(Settings):
        value = getattr(chosen, field.name)
        if value != getattr(default, field.name) and field.name != "keymap":
            print(f"{field.name} = {value}")
    for id, keys in chosen.keymap.items():
        print(f"keys.{id} = {keys}")
    return 0
