"""Scripts of actions: what operators do, and when.

What there is to do stands in `action_catalogue`.

In a script and in `--act`, the time given is the moment of effect. With `start=true` it is the
moment somebody begins, and the effect comes a typical duration later (`duration_s=` overrides).
`called_off_s=` calls it off so long after the moment given; what it has done by then stays.
"""

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import attrs

from outage_agents.action_catalogue import CATALOGUE, Action, Argument, Interference
from outage_agents.scenario_source import (
    FILE_SIZE_MAX,
    InputError,
    KeyPath,
    Source,
    nearest,
    read_source,
)
from outage_agents.when import When, WhenError, Window, format_exact, moment_of
from outage_engine.clock import SECOND, ns

__all__ = [
    "CATALOGUE",
    "Action",
    "ActionError",
    "Argument",
    "Interference",
    "ScheduledAction",
    "Script",
    "find_action",
    "load_script",
    "merged",
    "parse_act",
    "read_script",
    "scheduled",
    "script_lines",
    "script_of",
    "without",
]
"""The catalogue's names belong to whoever writes scripts as well."""


class ActionError(InputError):
    """An action script, `--act` or `--without` is wrong."""


@attrs.frozen
class ScheduledAction:
    """An action at a moment: an entry of a script."""

    id: str
    at_ns: int
    """Moment of effect, virtual time."""
    args: tuple[tuple[str, float | str], ...] = ()
    """Every argument of the action, defaults filled in, in the catalogue's order."""
    assumed: bool = False
    """No source gives the time or the size."""
    begin_ns: int | None = None
    """Moment at which somebody begins; None: only the effect counts."""
    called_off_ns: int | None = None
    """Moment at which it is called off; what has had its effect by then stays."""

    @property
    def start_ns(self) -> int:
        """When anything of it is seen first: it is begun, or takes effect."""
        return self.at_ns if self.begin_ns is None else self.begin_ns

    @property
    def takes_effect(self) -> bool:
        """Whether it is not called off before its effect."""
        return self.called_off_ns is None or self.called_off_ns > self.at_ns


Script = tuple[ScheduledAction, ...]

_BY_ID = {action.id: action for action in CATALOGUE}
_TIMING = ("start", "duration_s", "called_off_s")
DURATION_S_MAX = 86_400.0


def find_action(action_id: str) -> Action:
    """The catalogue's entry. Raises `ActionError` that names the nearest id."""
    found = _BY_ID.get(action_id)
    if found is None:
        raise ActionError([_unknown(f"action {action_id!r}", action_id, _BY_ID)])
    return found


def parse_act(text: str, window: Window) -> ScheduledAction:
    """Read `ID[:ARG=VALUE,...]@WHEN`. Raises `ActionError` with every problem."""
    head, at, moment = text.rpartition("@")
    if not at:
        raise ActionError([f"--act {text}: no @WHEN, such as @04:14 or @T+266m"])
    action_id, _, listed = head.partition(":")
    problems: list[str] = []
    values: dict[str, object] = {}
    for pair in listed.split(",") if listed else []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            problems.append(f"{pair!r} is not ARG=VALUE")
        elif name.strip() in values:
            problems.append(f"{name.strip()}: given twice")
        values[name.strip()] = value.strip()
    try:
        at_ns: int | None = When.parse(moment, window)
    except WhenError as wrong:
        at_ns = None
        problems.extend(wrong.problems)
    scheduled = _schedule(action_id.strip(), at_ns, values, problems)
    if scheduled is None or problems:
        raise ActionError(f"--act {text}: {problem}" for problem in problems)
    return scheduled


def scheduled(action_id: str, at_ns: int, values: Mapping[str, object]) -> ScheduledAction:
    """An action at a moment, from its id and arguments. Raises `ActionError` with every problem."""
    problems: list[str] = []
    entry = _schedule(action_id, at_ns, values, problems)
    if entry is None:
        raise ActionError(problems)
    return entry


def without(script: Script, action_ids: Iterable[str]) -> Script:
    """The script with every entry of those ids taken out.

    Raises `ActionError` for an id that is not in the catalogue; one that is known but not in the
    script is fine: there is nothing to take out.
    """
    ids = list(action_ids)
    problems = [_unknown(f"--without {i}", i, _BY_ID) for i in ids if i not in _BY_ID]
    if problems:
        raise ActionError(problems)
    return tuple(entry for entry in script if entry.id not in ids)


def merged(*scripts: Script) -> Script:
    """One script in order of effect; entries of the same moment keep the order given."""
    entries = [entry for script in scripts for entry in script]
    return tuple(sorted(entries, key=lambda entry: entry.at_ns))


def load_script(name_or_path: str, window: Window) -> Script:
    """A shipped script (`as-history`, `none`) or a TOML file. Raises `ActionError`."""
    if name_or_path == "none":
        return ()
    if name_or_path == "as-history":
        shipped = resources.files("outage_agents") / "reference" / "as-history.toml"
        return read_script("as-history.toml", shipped.read_text("utf-8"), window)
    path = Path(name_or_path)
    try:
        with path.open("rb") as file:  # which may be a pipe, or a device without an end
            content = file.read(FILE_SIZE_MAX + 1)
        if len(content) > FILE_SIZE_MAX:
            raise ActionError([f"{name_or_path}: larger than {FILE_SIZE_MAX} bytes"])
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ActionError([f"{name_or_path}: not UTF-8 text"]) from None
    except (OSError, ValueError) as failed:
        reason = getattr(failed, "strerror", None) or str(failed)
        what = f"{name_or_path}: no such script ({reason}); give as-history, none or a TOML file"
        raise ActionError([what]) from None
    return read_script(name_or_path, text, window)


def read_script(label: str, text: str, window: Window) -> Script:
    """A script from the text of a TOML file. Raises `ActionError` with every problem."""
    try:
        source = read_source(label, text)
    except InputError as broken:
        raise ActionError(broken.problems) from None
    problems = [
        source.problem((key,), "unknown", nearest(key, ["action"]))
        for key in source.content
        if key != "action"
    ]
    script = script_of(source, problems, window)
    if problems:
        raise ActionError(problems)
    return script


def script_of(source: Source, problems: list[str], window: Window) -> Script:
    """The `action` list of a document; problems are added to the list given."""
    listed = source.content.get("action", [])
    if not isinstance(listed, list):
        problems.append(source.problem(("action",), "must be a list of tables"))
        return ()
    entries: list[ScheduledAction] = []
    for index, item in enumerate(listed):
        path: KeyPath = ("action", index)
        if not isinstance(item, dict):
            problems.append(source.problem(path, "must be a table with id and at"))
            continue
        entry = _entry(source, path, item, problems, window)
        if entry is not None:
            entries.append(entry)
    return merged(tuple(entries))


_ENTRY_KEYS = ("id", "at", "at_ns", "args", "assumed", *_TIMING)


def _entry(
    source: Source, path: KeyPath, item: Mapping[str, Any], problems: list[str], window: Window
) -> ScheduledAction | None:
    before = len(problems)
    for key in item:
        if key not in _ENTRY_KEYS:
            near = nearest(key, _ENTRY_KEYS)
            problems.append(source.problem((*path, key), "unknown", near))
    args = item.get("args", {})
    if not isinstance(args, dict):
        problems.append(source.problem((*path, "args"), "must be a table"))
        args = {}
    assumed = item.get("assumed", False)
    if not isinstance(assumed, bool):
        problems.append(source.problem((*path, "assumed"), "must be true or false"))
    at_ns = moment_of(source, path, item, problems, window)
    timing = {key: item[key] for key in _TIMING if key in item}
    told: list[str] = []
    entry = _schedule(item.get("id", ""), at_ns, {**args, **timing}, told)
    problems.extend(source.problem(path, what) for what in told)
    if entry is None or len(problems) > before:
        return None
    return attrs.evolve(entry, assumed=assumed)


def _schedule(
    action_id: object, at_ns: int | None, values: Mapping[str, object], problems: list[str]
) -> ScheduledAction | None:
    """Check an action and its arguments; adds problems, and returns None when there are any."""
    before = len(problems)
    action = _BY_ID.get(action_id) if isinstance(action_id, str) else None
    if action is None:
        problems.append(_unknown(f"action {action_id!r}", str(action_id), _BY_ID))
        return None
    known = [argument.name for argument in action.arguments]
    for name in values:
        if name not in known and name not in _TIMING:
            problems.append(_unknown(f"argument {name!r} of {action.id}", name, known))
    args: list[tuple[str, float | str]] = []
    for argument in action.arguments:
        try:
            args.append((argument.name, argument.read(values.get(argument.name, argument.default))))
        except ValueError as wrong:
            problems.append(f"{argument.name}: {wrong}")
    delay_ns = _delay_ns(action, values, problems)
    off_ns = _span_ns("called_off_s", values.get("called_off_s"), problems)
    if at_ns is None or len(problems) > before:
        return None
    return ScheduledAction(
        action.id,
        at_ns + (delay_ns or 0),
        tuple(args),
        begin_ns=None if delay_ns is None else at_ns,
        called_off_ns=None if off_ns is None else at_ns + off_ns,
    )


_SPANS = {
    "duration_s": "time from start to effect",
    "called_off_s": "time from the moment given until it is called off",
}


def _delay_ns(action: Action, values: Mapping[str, object], problems: list[str]) -> int | None:
    """From the start to the effect; None when the time given is that of the effect."""
    start = values.get("start", False)
    if start not in (True, False, "true", "false"):
        problems.append(f"start: {start!r} is neither true nor false")
    told = values.get("duration_s", action.duration_typical_s)
    delay_ns = _span_ns("duration_s", told, problems)
    return delay_ns if start in (True, "true") else None


def _span_ns(name: str, told: object, problems: list[str]) -> int | None:
    """A length of time that is given in seconds; None when it is not, or is wrong."""
    if told is None:
        return None
    try:
        span_s = Argument(name, 0.0, "s", _SPANS[name], 0.0, DURATION_S_MAX).read(told)
    except ValueError as wrong:
        problems.append(f"{name}: {wrong}")
        return None
    assert isinstance(span_s, float)
    return ns(span_s)


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"{what}: unknown; did you mean {near}"
    listed = f"; known: {', '.join(names)}" if 0 < len(names) <= 5 else ""
    return f"{what}: unknown{listed}"


def script_lines(script: Script, iso_of: Mapping[int, str]) -> list[str]:
    """The entries as lines of a TOML list, for `Scenario.text`; `iso_of` knows each start."""
    return [_entry_line(entry, iso_of[entry.start_ns]) for entry in script]


def _entry_line(entry: ScheduledAction, iso: str) -> str:
    whole = entry.start_ns % SECOND == 0
    at = f"at = {iso}" if whole else f"at_ns = {entry.start_ns}"
    pairs = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value!r}"
        for name, value in entry.args
    ]
    args = f", args = {{ {', '.join(pairs)} }}" if pairs else ""
    timing = "".join(f", {name} = {value}" for name, value in timing_of(entry))
    assumed = ", assumed = true" if entry.assumed else ""
    return f'  {{ id = "{entry.id}", {at}{args}{timing}{assumed} }},'


def act_text(entry: ScheduledAction, window: Window) -> str:
    """The entry as `--act` takes it; arguments at their defaults are left out."""
    defaults = {one.name: one.default for one in find_action(entry.id).arguments}
    given = [
        f"{name}={value}" if isinstance(value, str) else f"{name}={value!r}"
        for name, value in entry.args
        if value != defaults[name]
    ]
    given += [f"{name}={value}" for name, value in timing_of(entry)]
    listed = f":{','.join(given)}" if given else ""
    return f"{entry.id}{listed}@{format_exact(entry.start_ns, window.epoch_s)}"


def timing_of(entry: ScheduledAction) -> list[tuple[str, str]]:
    """What a script and `--act` say of an entry's timing, beside its start."""
    said: list[tuple[str, str]] = []
    if entry.begin_ns is not None:
        said += [("start", "true"), ("duration_s", repr((entry.at_ns - entry.begin_ns) / SECOND))]
    if entry.called_off_ns is not None:
        said.append(("called_off_s", repr((entry.called_off_ns - entry.start_ns) / SECOND)))
    return said
