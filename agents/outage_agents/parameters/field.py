"""How a scenario parameter is declared: a default, a unit, a source and its limits."""

from typing import Any

import attrs


@attrs.frozen
class Parameter:
    """What is known of one parameter beside its value."""

    unit: str
    """Unit of the value: "s", "min", "share", "count", ...; empty for a switch or a name."""
    source: str
    """Document and section that gives the number, or text that starts with "assumed"."""
    minimum: float | None = None
    """Smallest legal value, inclusive; None: no limit."""
    maximum: float | None = None
    """Largest legal value, inclusive; None: no limit."""
    choices: tuple[str, ...] = ()
    """Legal words, when the value is one of few."""


def param(
    default: Any,
    unit: str,
    source: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare one field of a parameter class; the type is the field's annotation."""
    known = Parameter(unit, source, minimum, maximum, choices)
    return attrs.field(default=default, metadata={"parameter": known})


def parameter_of(field: "attrs.Attribute[Any]") -> Parameter | None:
    """What `param` recorded for this field; None for a nested section."""
    found = field.metadata.get("parameter")
    assert found is None or isinstance(found, Parameter)
    return found
