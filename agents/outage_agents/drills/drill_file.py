"""Reads `*.drill.toml` files: every problem at once, each with line and column.

The classes in `drill` are the format. Their fields name the keys (a trailing underscore is left
out), their types say what a value must be, and the JSON Schema for editors is made from them too.
An unknown key is an error that names the nearest known one. What a single value cannot show is
checked afterwards: that names refer to something, that each objective is judged by something, that
typical durations are not longer than long ones, that the run can be made.
"""

import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
import msgspec

from outage_agents.drills.condition import Condition, ConditionError, said_span, span_s
from outage_agents.drills.drill import Drill, Inject, Play, Step
from outage_agents.drills.drill_checks import problems_of
from outage_agents.drills.journal import command_kinds, command_of
from outage_agents.drills.wheel_text import LEVELS, wheel_text
from outage_agents.scenario_schema import fields_of, is_section, key_of, said
from outage_agents.scenario_source import (
    FILE_SIZE_MAX,
    InputError,
    KeyPath,
    Source,
    dotted,
    nearest,
    read_source,
    toml_text,
)

SUFFIX = ".drill.toml"


class DrillError(InputError):
    """A drill file is wrong; every problem is listed."""


def shipped_drills() -> tuple[str, ...]:
    """Names of the drills that come with the program, easy ones first."""
    folder = resources.files("outage_agents") / "drills" / "shipped"
    names = [one.name.removesuffix(SUFFIX) for one in folder.iterdir() if one.name.endswith(SUFFIX)]
    return tuple(sorted(names))


_WHEEL = re.compile(rf"wheel:(?P<seed>[0-9]{{1,18}}):(?P<level>[{LEVELS[0]}-{LEVELS[1]}])")


def load_drill(name_or_path: str) -> Drill:
    """A shipped drill, one of the wheel (`wheel:SEED:LEVEL`), or one from a file.

    Raises DrillError.
    """
    shipped = name_or_path in shipped_drills()
    label = f"{name_or_path}{SUFFIX}" if shipped else name_or_path
    return read_drill(label, drill_text(name_or_path))


def read_drill(label: str, text: str) -> Drill:
    """A drill from TOML text. Raises DrillError."""
    try:
        source = read_source(label, text)
    except InputError as broken:
        raise DrillError(broken.problems) from None
    reader = _Reader(source)
    drill = reader.table(Drill, source.content, ())
    if not reader.problems:
        assert isinstance(drill, Drill)
        reader.problems.extend(
            source.problem(path, what, near) for path, what, near in problems_of(drill)
        )
    if reader.problems:
        raise DrillError(reader.problems)
    return typing.cast("Drill", drill)


def _file_text(label: str) -> str:
    try:
        with Path(label).open("rb") as file:
            content = file.read(FILE_SIZE_MAX + 1)
        if len(content) > FILE_SIZE_MAX:
            raise DrillError([f"{label}:1:1: larger than {FILE_SIZE_MAX} bytes"])
        return content.decode("utf-8")
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        raise DrillError([f"{label}:{line}:1: not UTF-8 text"]) from None
    except (FileNotFoundError, ValueError):
        near = nearest(label, shipped_drills())
        hint = f"; did you mean {near}" if near else ""
        known = ", ".join(shipped_drills())
        what = f"{label}: no such drill or file{hint}; shipped: {known}; or give a file"
        raise DrillError([what]) from None
    except OSError as failed:
        raise DrillError([f"{label}: cannot be read: {failed.strerror or failed}"]) from None


@attrs.define
class _Reader:
    """Makes attrs classes of TOML tables."""

    source: Source
    problems: list[str] = attrs.field(factory=list)

    def table(self, kind: type, value: Any, path: KeyPath) -> Any:
        """One table; None, and problems, when it is wrong."""
        if not isinstance(value, Mapping):
            return self._wrong(path, f"must be a table, not {said(value)}")
        before = len(self.problems)
        fields = {_key(field): field for field in fields_of(kind)}
        given: dict[str, Any] = {}
        rest = {key: item for key, item in value.items() if key not in fields or kind is Step}
        if kind is Step:
            rest = {key: item for key, item in rest.items() if key not in _STEP_KEYS}
            given["command"] = self._command(rest, path)
        else:
            for key in rest:
                self._wrong((*path, key), "unknown", nearest(key, fields))
        for key, field in fields.items():
            if key in value and not (kind is Step and key == "command"):
                alias = field.alias or field.name
                given[alias] = self._value(field.type, value[key], (*path, key), field.metadata)
            elif field.default is attrs.NOTHING and key not in ("command",):
                self._wrong(path, f"lacks {key}")
        return None if len(self.problems) > before else kind(**given)

    def _command(self, fields: dict[str, Any], path: KeyPath) -> Any:
        kind = fields.get("do")
        if kind not in command_kinds():
            return self._wrong(
                (*path, "do"),
                f"must be a command, not {said(kind)}",
                nearest(str(kind), command_kinds()),
            )
        try:
            return command_of(fields)
        except msgspec.ValidationError as wrong:
            return self._wrong(path, f"{kind}: {wrong}")

    def _value(self, kind: Any, value: Any, path: KeyPath, known: Mapping[str, Any]) -> Any:
        origin = typing.get_origin(kind)
        if origin in (types.UnionType, typing.Union):
            kind = next(one for one in typing.get_args(kind) if one is not type(None))
            return self._value(kind, value, path, known)
        if known.get("span"):
            return self._span(value, path, known)
        if kind is Condition:
            return self._condition(value, path)
        if origin is tuple:
            return self._list(typing.get_args(kind)[0], value, path)
        if is_section(kind):
            return self.table(kind, value, path)
        return self._scalar(kind, value, path, known)

    def _list(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if typing.get_origin(kind) is tuple:  # Pairs: a table of texts
            if not isinstance(value, Mapping):
                return self._wrong(path, f"must be a table, not {said(value)}")
            for key, item in value.items():
                if not isinstance(item, str):
                    self._wrong((*path, key), f"must be text, not {said(item)}")
            return tuple(value.items())
        if not isinstance(value, list):
            return self._wrong(path, f"must be a list, not {said(value)}")
        return tuple(self._value(kind, item, (*path, i), {}) for i, item in enumerate(value))

    def _span(self, value: Any, path: KeyPath, known: Mapping[str, Any]) -> Any:
        if not isinstance(value, str):
            return self._wrong(path, f"must be a length of time such as 10m, not {said(value)}")
        try:
            seconds = span_s(value)
        except ConditionError as wrong:
            return self._wrong(path, str(wrong))
        low = known.get("low")
        if low is not None and seconds < low:
            return self._wrong(path, f"{value} is shorter than {low} s")
        return seconds

    def _condition(self, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, str):
            return self._wrong(path, f"must be a condition, not {said(value)}")
        try:
            return Condition.parse(value)
        except ConditionError as wrong:
            return self._wrong(path, str(wrong))

    def _scalar(self, kind: Any, value: Any, path: KeyPath, known: Mapping[str, Any]) -> Any:
        if kind is str:
            if not isinstance(value, str):
                return self._wrong(path, f"must be text, not {said(value)}")
            choices = known.get("choices", ())
            if choices and value not in choices:
                listed = ", ".join(choices)
                return self._wrong(path, f"{value!r} is none of {listed}", nearest(value, choices))
            return value
        if kind is bool:
            good = isinstance(value, bool)
            return value if good else self._wrong(path, f"must be true or false, not {said(value)}")
        numbers: Any = int if kind is int else int | float
        if isinstance(value, bool) or not isinstance(value, numbers):
            wanted = "a whole number" if kind is int else "a number"
            return self._wrong(path, f"must be {wanted}, not {said(value)}")
        low, high = known.get("low"), known.get("high")
        if not (low is None or value >= low) or not (high is None or value <= high):
            return self._wrong(path, f"{value} is outside {_limit(low)}..{_limit(high)}")
        return value if kind is int else float(value)

    def _wrong(self, path: KeyPath, what: str, near: str = "") -> Any:
        self.problems.append(self.source.problem(path, what, near))


_STEP_KEYS = ("seat", "at", "when")


def _limit(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _key(field: "attrs.Attribute[Any]") -> str:
    """Key of a field; a length of time says its unit itself, so `for_s` is `for` in the file."""
    key = key_of(field)
    return key.removesuffix("_s") if field.metadata.get("span") else key


def schema() -> dict[str, Any]:
    """JSON Schema of a drill file, for editors."""
    document = _schema_of(Drill)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Drill of outage-tui",
        **document,
    }


def schema_text() -> str:
    """The same as text, as `schema.json` holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _schema_of(kind: type) -> dict[str, Any]:
    if kind is Step:
        return _step_schema()
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in fields_of(kind):
        properties[_key(field)] = _schema_of_value(field.type, field.metadata)
        if field.default is attrs.NOTHING:
            required.append(_key(field))
    made: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    return {**made, "required": required} if required else made


def _step_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "seat": {"type": "string"},
            "at": _SPAN_SCHEMA,
            "when": {"type": "string"},
            "do": {"type": "string", "enum": list(command_kinds())},
        },
        "required": ["seat", "do"],
    }


_SPAN_SCHEMA = {"type": "string", "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$"}


def _schema_of_value(kind: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
        return _schema_of_value(kind, known)
    if known.get("span"):
        return _SPAN_SCHEMA
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        if typing.get_origin(inner) is tuple:
            return {"type": "object", "additionalProperties": {"type": "string"}}
        return {"type": "array", "items": _schema_of_value(inner, {})}
    if kind is not Condition and is_section(kind):
        return _schema_of(kind)
    made: dict[str, Any] = {"type": _JSON_TYPES.get(kind, "string")}
    for key, name in (("low", "minimum"), ("high", "maximum")):
        if known.get(key) is not None:
            made[name] = known[key]
    return {**made, "enum": list(known["choices"])} if known.get("choices") else made


_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def drill_text(name_or_path: str) -> str:
    """The file of a drill as it is; of `wheel:SEED:LEVEL` what the wheel draws. Raises
    DrillError."""
    if drawn := _WHEEL.fullmatch(name_or_path):
        return wheel_text(int(drawn["seed"]), int(drawn["level"]))
    if name_or_path in shipped_drills():
        folder = resources.files("outage_agents") / "drills" / "shipped"
        return (folder / f"{name_or_path}{SUFFIX}").read_text("utf-8")
    return _file_text(name_or_path)


def read_play(path: str, drill: Drill) -> Play:
    """A scripted play from a TOML file of its own: `id`, `title`, `steps`. Raises DrillError."""
    try:
        source = read_source(path, _file_text(path))
    except InputError as broken:
        raise DrillError(broken.problems) from None
    reader = _Reader(source)
    play = reader.table(Play, source.content, ())
    if play is not None:
        alone = attrs.evolve(drill, plays=(play,))
        for at, what, near in problems_of(alone):
            if at[:1] == ("plays",):
                reader.problems.append(source.problem(at[2:], what, near))
    if reader.problems:
        raise DrillError(reader.problems)
    return typing.cast("Play", play)


def inject_tables(drill: Drill, injects: Sequence[Inject], label: str) -> str:
    """A master list as `[[injects]]` tables, to be put into the drill's file.

    Raises DrillError when the drill would not be good with it.
    """
    changed = attrs.evolve(drill, injects=tuple(injects))
    problems = [f"{label}: {dotted(at)}: {what}" for at, what, _ in problems_of(changed)]
    if problems:
        raise DrillError(problems)
    return "\n".join(_inject_table(one) for one in injects)


def _inject_table(inject: Inject) -> str:
    lines = ["[[injects]]", f"n = {inject.n}"]
    if inject.at_s is not None:
        lines.append(f"at = {toml_text(said_span(inject.at_s))}")
    if inject.when is not None:
        lines.append(f"when = {toml_text(inject.when.text)}")
    texts = {
        "from": inject.from_,
        "to": inject.to,
        "method": inject.method,
        "text": inject.text,
        "expected": inject.expected,
        "fault": inject.fault,
        "change": inject.change,
    }
    lines += [f"{key} = {toml_text(text)}" for key, text in texts.items() if text or key == "from"]
    return "\n".join(lines) + "\n"


def new_drill_text(name: str) -> str:
    """A small complete drill to begin one's own from."""
    return _NEW.replace("NAME", name)


_NEW = """\
version = 1
id = "NAME"
title = "What players read in the list"
summary = "One sentence."
level = 2
length_min = 20
briefing = "What players know when they come."
debrief = "What to talk about afterwards."

[run]
scenario = "dns-only"
begin = "23:40"
end = "01:00"
actions = "none"

# Players see sensors, not the truth: `needs` says what must work for a new reading.
[[sensors]]
id = "errors"
title = "Errors of DynamoDB"
metric = "dynamodb.error_rate"
unit = "%"
scale = 100.0
step = 1.0
every = "1m"
delay = "1m"

[[alerts]]
id = "errors"
sensor = "errors"
above = 5.0
for = "2m"
text = "DynamoDB fails"
escalate = "8m"
escalate_to = ["kim", "commander"]

[[injects]]
n = 1
at = "20m"
from = "support"
method = "call"
text = "customers call"
expected = "an incident is declared"

# Empty seats are played by the program too; these are the others on the call.
[[characters]]
id = "kim"
name = "Kim"
role = "on call for DynamoDB"
temper = "calm"
skill = 0.7
nag_every = "30m"
shift = "1h"
relief = "Ravi"
answers = [{ about = "deploy", also = ["release", "rollout"], text = "nothing was deployed" }]
guesses = [{ text = "a deploy did it", after = "10m" }]

# What saying something costs where time stands meanwhile; what is left out costs the usual.
[costs]
post = "3m"

[[objectives]]
id = "declared"
title = "An incident is declared within fifteen minutes"
panel = "conduct"
met = "said:declare"
within = "15m"

[[plays]]
id = "nothing"
title = "Does nothing"
rank = 2

[[stops]]
id = "clear"
when = "said:all_clear"
text = "somebody said so"
"""
