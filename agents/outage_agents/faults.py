"""Faults that are put into a run from outside, and when.

A fault has a kind (what happens), a target (a pattern of actor addresses, `fnmatch`), arguments, a
moment of virtual time at which it begins and, unless it lasts to the end of the run, a duration.
Beginning and end are inputs of the run, like an operator's action: they stand in its scenario, and
the scenario with its seed is the run.

A scenario file lists faults as `[[faults]]` tables (or as one inline list) with `kind`, `target`,
`at`, and if wanted `args` and `duration_s`.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from outage_agents.fault_catalogue import FaultError, find_fault, read_args
from outage_agents.scenario_source import KeyPath, Source, nearest, toml_text
from outage_agents.when import Window, format_exact, moment_of
from outage_engine.clock import SECOND, ns

FaultArgs = tuple[tuple[str, float | str], ...]


@attrs.frozen
class ScheduledFault:
    """A fault at a moment: an entry of a scenario."""

    kind: str
    target: str
    """Pattern of the addresses it strikes (`fnmatch`); of a link, both ends as the kind says."""
    args: FaultArgs = ()
    at_ns: int = 0
    """Moment at which it begins, virtual time."""
    duration_ns: int | None = None
    """How long it lasts; None: to the end of the run."""

    @property
    def end_ns(self) -> int | None:
        """Moment at which it ends; None: never."""
        return None if self.duration_ns is None else self.at_ns + self.duration_ns


Faults = tuple[ScheduledFault, ...]

_KEYS = ("kind", "target", "at", "at_ns", "args", "duration_s", "duration_ns")


def merged_faults(*lists: Faults) -> Faults:
    """One list in order of beginning; faults of the same moment keep the order given."""
    entries = [entry for faults in lists for entry in faults]
    return tuple(sorted(entries, key=lambda entry: entry.at_ns))


def faults_of(source: Source, problems: list[str], window: Window) -> Faults:
    """The `faults` list of a document; problems are added to the list given."""
    listed = source.content.get("faults", [])
    if not isinstance(listed, list):
        problems.append(source.problem(("faults",), "must be a list of tables"))
        return ()
    entries: list[ScheduledFault] = []
    for index, item in enumerate(listed):
        path: KeyPath = ("faults", index)
        if not isinstance(item, dict):
            problems.append(source.problem(path, "must be a table with kind, target and at"))
            continue
        entry = _entry(source, path, item, problems, window)
        if entry is not None:
            entries.append(entry)
    return merged_faults(tuple(entries))


def fault_text(fault: ScheduledFault, window: Window) -> str:
    """The entry as `--fault` takes it: `KIND:TARGET[,ARG=VALUE...]@WHEN[+DURATION]`."""
    args = "".join(
        f",{name}={value if isinstance(value, str) else repr(value)}" for name, value in fault.args
    )
    lasts = "" if fault.duration_ns is None else f"+{fault.duration_ns / SECOND:.9f}".rstrip("0")
    duration = f"{lasts.rstrip('.')}s" if lasts else ""
    when = format_exact(fault.at_ns, window.epoch_s)
    return f"{fault.kind}:{fault.target}{args}@{when}{duration}"


def fault_lines(faults: Faults, iso_of: Mapping[int, str]) -> list[str]:
    """The entries as lines of a TOML list, for `Scenario.text`."""
    return [_entry_line(entry, iso_of[entry.at_ns]) for entry in faults]


def _entry(
    source: Source, path: KeyPath, item: Mapping[str, Any], problems: list[str], window: Window
) -> ScheduledFault | None:
    before = len(problems)
    for key in item:
        if key not in _KEYS:
            problems.append(source.problem((*path, key), "unknown", nearest(key, _KEYS)))
    words: list[str] = []
    for key in ("kind", "target"):
        word = item.get(key)
        if not isinstance(word, str) or not word:
            problems.append(source.problem((*path, key), "must be a word"))
        words.append(str(word))
    args = item.get("args", {})
    if not isinstance(args, dict):
        problems.append(source.problem((*path, "args"), "must be a table"))
        args = {}
    at_ns = moment_of(source, path, item, problems, window)
    duration_ns = _duration_ns(source, path, item, problems)
    told: list[str] = []
    read = _checked_args(words[0], args, duration_ns, told) if len(problems) == before else ()
    problems.extend(source.problem(path, what) for what in told)
    if at_ns is None or len(problems) > before:
        return None
    return ScheduledFault(words[0], words[1], read, at_ns, duration_ns)


def _duration_ns(
    source: Source, path: KeyPath, item: Mapping[str, Any], problems: list[str]
) -> int | None:
    if "duration_ns" in item:
        told = item["duration_ns"]
        if isinstance(told, int) and not isinstance(told, bool) and told > 0:
            return told
        problems.append(source.problem((*path, "duration_ns"), "must be nanoseconds, more than 0"))
        return None
    told = item.get("duration_s")
    if told is None:
        return None
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told <= 86_400 * 30:
        problems.append(
            source.problem((*path, "duration_s"), "must be more than 0 and at most 2592000 seconds")
        )
        return None
    return ns(told)


def _checked_args(
    kind_id: str, args: Mapping[str, Any], duration_ns: int | None, problems: list[str]
) -> FaultArgs:
    try:
        kind = find_fault(kind_id)
    except FaultError as wrong:
        problems.extend(wrong.problems)
        return ()
    if duration_ns is not None and not kind.lasts:
        problems.append(f"{kind.id} is over at once; it takes no duration")
    return read_args(kind, args, problems)


def _entry_line(entry: ScheduledFault, iso: str) -> str:
    whole = entry.at_ns % SECOND == 0
    at = f"at = {iso}" if whole else f"at_ns = {entry.at_ns}"
    pairs = [
        f"{name} = {toml_text(value) if isinstance(value, str) else repr(value)}"
        for name, value in entry.args
    ]
    args = f", args = {{ {', '.join(pairs)} }}" if pairs else ""
    lasts = "" if entry.duration_ns is None else f", duration_ns = {entry.duration_ns}"
    kind, target = toml_text(entry.kind), toml_text(entry.target)
    return f"  {{ kind = {kind}, target = {target}, {at}{args}{lasts} }},"
