"""The parameters of a scenario as a list: path, type, unit, source, limits.

Nothing here knows a parameter by name. The section classes in `outage_agents.parameters` declare
their fields, and this module reads the declarations: so a parameter is checked, documented, written
and overridden from one place, its own.
"""

import tomllib
import types
import typing
from collections.abc import Mapping
from typing import Any

import attrs

from outage_agents.parameters import Parameter, parameter_of
from outage_agents.scenario_source import KeyPath, nearest

INT_MAX = 2**63 - 1
"""Largest whole number a scenario may hold: it must fit a recording."""


@attrs.frozen
class Entry:
    """One parameter of a scenario."""

    path: tuple[str, ...]
    """TOML keys from the top."""
    kind: Any
    """Resolved annotation."""
    default: Any
    known: Parameter | None
    """Unit, source and limits; None when the class did not say."""
    doc: str = ""

    @property
    def name(self) -> str:
        """Dotted path, as `--set` takes it."""
        return ".".join(self.path)


def key_of(field: "attrs.Attribute[Any]") -> str:
    """TOML key of a field: `lambda_` is a Python keyword's way to say `lambda`."""
    return field.name.rstrip("_")


def fields_of(section: type) -> tuple["attrs.Attribute[Any]", ...]:
    """A section's fields with resolved types."""
    attrs.resolve_types(section)
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(section)
    return fields


def is_section(kind: Any) -> bool:
    """Whether a type is a nested table rather than a value."""
    return isinstance(kind, type) and attrs.has(kind)


def entries_of(section: type, prefix: tuple[str, ...] = ()) -> list[Entry]:
    """Every parameter of a section and the sections below it, values before sub-sections."""
    found: list[Entry] = []
    for field in fields_of(section):
        if not is_section(field.type):
            path = (*prefix, key_of(field))
            found.append(Entry(path, field.type, _default(field), parameter_of(field)))
    for field in fields_of(section):
        if is_section(field.type):
            found.extend(entries_of(field.type, (*prefix, key_of(field))))  # type: ignore[arg-type]
    return found


def _default(field: "attrs.Attribute[Any]") -> Any:
    # attrs types its Factory as a function, so isinstance needs the run-time class.
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        return field.default.factory()  # type: ignore[union-attr]
    return field.default


def section_names(section: type, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of all nested tables."""
    found: list[tuple[str, ...]] = []
    for field in fields_of(section):
        if is_section(field.type):
            path = (*prefix, key_of(field))
            found.append(path)
            found.extend(section_names(field.type, path))  # type: ignore[arg-type]
    return found


def build(section: type, values: Mapping[tuple[str, ...], Any], prefix: tuple[str, ...]) -> Any:
    """An instance of a section from values by path; what has no value keeps its default."""
    given: dict[str, Any] = {}
    for field in fields_of(section):
        path = (*prefix, key_of(field))
        if is_section(field.type):
            given[field.alias or field.name] = build(field.type, values, path)  # type: ignore[arg-type]
        elif path in values:
            given[field.alias or field.name] = values[path]
    return section(**given)


def value_at(root: object, path: tuple[str, ...]) -> Any:
    """The value of a parameter in an instance."""
    found: Any = root
    for key in path:
        names = {key_of(field): field.name for field in attrs.fields(type(found))}
        found = getattr(found, names[key])
    return found


@attrs.define
class Reading:
    """A value being checked, with every problem found in it."""

    known: Parameter | None
    problems: list[tuple[KeyPath, str]] = attrs.field(factory=list)

    def read(self, kind: Any, value: Any, path: KeyPath) -> Any:
        """The value in the parameter's type; adds problems, and then returns None."""
        origin = typing.get_origin(kind)
        if origin is tuple:
            return self._sequence(typing.get_args(kind), value, path)
        if origin in (types.UnionType, typing.Union):
            kinds = [one for one in typing.get_args(kind) if one is not type(None)]
            return self.read(kinds[0], value, path)
        if is_section(kind):
            return self._table(kind, value, path)
        return self._scalar(kind, value, path)

    def _sequence(self, kinds: tuple[Any, ...], value: Any, path: KeyPath) -> Any:
        if not isinstance(value, list | tuple):
            return self._wrong(path, f"must be a list, not {said(value)}")
        if kinds[-1:] == (...,):
            kinds = (kinds[0],) * len(value)
        if len(kinds) != len(value):
            return self._wrong(path, f"must have {len(kinds)} entries, not {len(value)}")
        pairs = enumerate(zip(kinds, value, strict=True))
        return tuple(self.read(kind, item, (*path, i)) for i, (kind, item) in pairs)

    def _table(self, kind: type, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, dict):
            return self._wrong(path, f"must be a table, not {said(value)}")
        fields = {key_of(field): field for field in fields_of(kind)}
        given: dict[str, Any] = {}
        for key, item in value.items():
            if key not in fields:
                self._wrong((*path, key), f"unknown; known: {', '.join(fields)}")
                continue
            inner = Reading(parameter_of(fields[key]), self.problems)
            given[fields[key].alias or key] = inner.read(fields[key].type, item, (*path, key))
        missing = [k for k, f in fields.items() if f.default is attrs.NOTHING and k not in value]
        if missing:
            return self._wrong(path, f"lacks {', '.join(missing)}")
        return None if self.problems else kind(**given)

    def _scalar(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if kind is bool:
            return (
                value if isinstance(value, bool) else self._wrong_type(path, "true or false", value)
            )
        if kind is int:
            if isinstance(value, bool) or not isinstance(value, int):
                return self._wrong_type(path, "a whole number", value)
            return self._limited(value, path)
        if kind is float:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return self._wrong_type(path, "a number", value)
            return self._limited(value, path, as_float=True)
        assert kind is str, f"{path}: a scenario cannot hold a {kind}"
        if not isinstance(value, str):
            return self._wrong_type(path, "text", value)
        return self._chosen(value, path)

    def _limited(self, value: float, path: KeyPath, *, as_float: bool = False) -> float | None:
        if not -INT_MAX <= value <= INT_MAX:  # also refuses nan
            self._wrong(path, f"{value} is no number a run can hold")
            return None
        low = self.known.minimum if self.known else None
        high = self.known.maximum if self.known else None
        if low is not None and value < low:
            self._wrong(path, f"{value} is below {low:g}")
        if high is not None and value > high:
            self._wrong(path, f"{value} is above {high:g}")
        return float(value) if as_float else value

    def _chosen(self, value: str, path: KeyPath) -> str:
        if not _is_unicode(value):
            self._wrong(path, "is not valid Unicode text")
        choices = self.known.choices if self.known else ()
        if choices and value not in choices:
            near = nearest(value, choices)
            hint = f"; did you mean {near}" if near else ""
            self._wrong(path, f"{value!r} is none of {', '.join(choices)}{hint}")
        return value

    def _wrong_type(self, path: KeyPath, wanted: str, value: Any) -> None:
        self._wrong(path, f"must be {wanted}, not {said(value)}")

    def _wrong(self, path: KeyPath, what: str) -> None:
        self.problems.append((path, what))


def _is_unicode(text: str) -> bool:
    """Whether text can be written to a file: command lines may bring stray bytes."""
    return not any("\ud800" <= mark <= "\udfff" for mark in text)


def said(value: Any) -> str:
    """A value as a problem shows it, short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def parse_override(kind: Any, text: str) -> Any:
    """The VALUE of `--set PATH=VALUE`: bare words are text, the rest is TOML.

    What is not TOML comes back as text, so that the check of the type complains about it.
    """
    if kind is str and text[:1] not in ('"', "'"):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return text
