"""Fields of a record, whether it is an attrs class or, as views are, a struct."""

from typing import Any

import attrs
import msgspec

_known: dict[type, tuple[str, ...]] = {}
"""By kind; asked for a thousand times a view."""


def field_names(kind: type) -> tuple[str, ...]:
    """In the order in which they are declared; none of what is no record."""
    names = _known.get(kind)
    if names is None:
        names = _known[kind] = _declared(kind)
    return names


def _declared(kind: type) -> tuple[str, ...]:
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    return tuple(field.name for field in attrs.fields(kind)) if attrs.has(kind) else ()


def with_fields(thing: Any, changed: dict[str, Any]) -> Any:
    """The same record but for some fields."""
    if isinstance(thing, msgspec.Struct):
        return msgspec.structs.replace(thing, **changed)
    return attrs.evolve(thing, **changed)
