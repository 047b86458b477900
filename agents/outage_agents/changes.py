"""Parameters that change while a run is under way.

A change names a parameter by its dotted path, as `--set` does, and gives its new value as text. It
is an input of the run, at a moment of virtual time. Only parameters that somebody looks at while
the run goes on can be changed; those that build the Region (its size, its cast, what is staged)
have had their effect by then, and a change of one is refused.

A scenario file lists changes as `[[changes]]` tables (or as one inline list) with `path`, `value`
and `at`.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from outage_agents.scenario_source import InputError, KeyPath, Source, nearest, toml_text
from outage_agents.when import When, WhenError, Window, format_exact, moment_of
from outage_engine.clock import SECOND


class ChangeError(InputError):
    """`--change` is wrong."""


@attrs.frozen
class ParameterChange:
    """A parameter gets a new value at a moment: an entry of a scenario."""

    path: str
    """Dotted, as `--set` takes it."""
    value: str
    """Text, as `--set` takes it."""
    at_ns: int


Changes = tuple[ParameterChange, ...]

CHANGEABLE: tuple[str, ...] = (
    "dns.guard.recheck_each_write",
    "dns.guard.spare_active_plan",
    "dns.guard.spare_rollback",
    "dns.guard.repair_missing_target",
    "dns.guard.never_publish_empty",
    "dns.keep_generations",
    "dns.planner_period_s",
    "dwfm.queue_discipline",
    "dwfm.max_outstanding",
    "dwfm.establish_deadline_s",
    "dwfm.backoff_s",
    "dwfm.capacity_factor",
    "nlb.velocity_limit",
    "nlb.flap_source",
    "nlb.failover_enabled",
)
"""Parameters that somebody reads while the run goes on, and can be given anew."""

_KEYS = ("path", "value", "at", "at_ns")


def check_changeable(path: str) -> None:
    """Raises `ChangeError` for a parameter that has its effect at the start only."""
    if path not in CHANGEABLE:
        near = nearest(path, CHANGEABLE)
        hint = f"; did you mean {near}" if near else ""
        what = f"{path}: has its effect when a run begins and cannot change during one{hint}"
        raise ChangeError([what])


def merged_changes(*lists: Changes) -> Changes:
    """One list in order of time; changes of the same moment keep the order given."""
    entries = [entry for changes in lists for entry in changes]
    return tuple(sorted(entries, key=lambda entry: entry.at_ns))


def parse_change(text: str, window: Window) -> ParameterChange:
    """Read `PATH=VALUE@WHEN`. Raises `ChangeError` with every problem."""
    head, at, moment = text.rpartition("@")
    path, equals, value = head.partition("=")
    if not at or not equals or not path.strip():
        raise ChangeError(
            [f"--change {text}: not PATH=VALUE@WHEN, such as nlb.velocity_limit=2@04:14"]
        )
    try:
        at_ns = When.parse(moment, window)
    except WhenError as wrong:
        raise ChangeError(f"--change {text}: {problem}" for problem in wrong.problems) from None
    return ParameterChange(path.strip(), value.strip(), at_ns)


def change_text(change: ParameterChange, window: Window) -> str:
    """The entry as `--change` takes it."""
    return f"{change.path}={change.value}@{format_exact(change.at_ns, window.epoch_s)}"


def changes_of(source: Source, problems: list[str], window: Window) -> Changes:
    """The `changes` list of a document; problems are added to the list given."""
    listed = source.content.get("changes", [])
    if not isinstance(listed, list):
        problems.append(source.problem(("changes",), "must be a list of tables"))
        return ()
    entries: list[ParameterChange] = []
    for index, item in enumerate(listed):
        path: KeyPath = ("changes", index)
        if not isinstance(item, dict):
            problems.append(source.problem(path, "must be a table with path, value and at"))
            continue
        entry = _entry(source, path, item, problems, window)
        if entry is not None:
            entries.append(entry)
    return merged_changes(tuple(entries))


def change_lines(changes: Changes, iso_of: Mapping[int, str]) -> list[str]:
    """The entries as lines of a TOML list, for `Scenario.text`."""
    return [_entry_line(entry, iso_of[entry.at_ns]) for entry in changes]


def _entry(
    source: Source, path: KeyPath, item: Mapping[str, Any], problems: list[str], window: Window
) -> ParameterChange | None:
    before = len(problems)
    for key in item:
        if key not in _KEYS:
            problems.append(source.problem((*path, key), "unknown", nearest(key, _KEYS)))
    name = item.get("path")
    if not isinstance(name, str) or not name:
        problems.append(source.problem((*path, "path"), "must be the name of a parameter"))
    value = item.get("value")
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int | float):
        value = repr(value)
    if not isinstance(value, str):
        problems.append(source.problem((*path, "value"), "must be a value, as --set takes it"))
    at_ns = moment_of(source, path, item, problems, window)
    if at_ns is None or len(problems) > before:
        return None
    return ParameterChange(str(name), str(value), at_ns)


def _entry_line(entry: ParameterChange, iso: str) -> str:
    whole = entry.at_ns % SECOND == 0
    at = f"at = {iso}" if whole else f"at_ns = {entry.at_ns}"
    path, value = toml_text(entry.path), toml_text(entry.value)
    return f"  {{ path = {path}, value = {value}, {at} }},"
