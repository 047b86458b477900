"""The list of all parameters in docs/fidelity.md, made from the classes that declare them.

`python -m outage_agents.parameter_table docs/fidelity.md` renews the list between the two marks in
that file; without a file it is printed. A test holds the file to it, so a parameter cannot come,
go or change unseen.
"""

import ast
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs

from outage_agents import scenario_schema as schema
from outage_agents.scenario import Scenario, toml_value

BEGIN = "<!-- parameters: begin (python -m outage_agents.parameter_table docs/fidelity.md) -->"
END = "<!-- parameters: end -->"
_NO_PARAMETERS = ("name", "title", "description")
"""What a scenario is called decides nothing."""


def is_assumed(entry: schema.Entry) -> bool:
    """Whether no source gives this number."""
    return entry.known is not None and "assumed" in entry.known.source


def parameters() -> list[schema.Entry]:
    """Every parameter that decides a run."""
    entries = schema.entries_of(Scenario)
    return [e for e in entries if e.known is not None and e.name not in _NO_PARAMETERS]


def table() -> str:
    """The whole list as Markdown: a count, then a table for each section of a scenario."""
    entries = parameters()
    assumed = sum(1 for entry in entries if is_assumed(entry))
    parts = [f"{len(entries)} parameters; {assumed} of them are assumed in whole or in part."]
    meanings = _meanings()
    section: tuple[str, ...] | None = None
    for entry in entries:
        if entry.path[:-1] != section:
            section = entry.path[:-1]
            title = f"`[{'.'.join(section)}]`" if section else "The scenario itself"
            parts.append(f"\n### {title}\n\n| parameter | value | unit | where it is from |")
            parts.append("| --- | --- | --- | --- |")
        parts.append(_row(entry, meanings.get(entry.path, "")))
    return "\n".join(parts) + "\n"


def renewed(text: str) -> str:
    """A document with the list between its marks made anew. Raises ValueError without marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the text has no place for the list; it needs {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{table()}{END}{after}"


def _row(entry: schema.Entry, meaning: str) -> str:
    known = entry.known
    assert known is not None
    value = "23:00 PDT" if entry.name == "start" else toml_value(entry.default).replace('"', "")
    unit = known.unit or (" / ".join(known.choices) if known.choices else "")
    origin = f"{known.source}. {meaning}" if meaning else known.source
    cells = (f"`{entry.path[-1]}`", value, unit, origin)
    return f"| {' | '.join(' '.join(cell.split()) for cell in cells)} |"


def _meanings(section: type = Scenario, prefix: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """What the text below a field says, by path."""
    found = {}
    for name, text in _texts_below_fields(section).items():
        found[(*prefix, name.rstrip("_"))] = text
    for field in schema.fields_of(section):
        if isinstance(field.type, type) and attrs.has(field.type):
            found.update(_meanings(field.type, (*prefix, schema.key_of(field))))
    return found


def _texts_below_fields(section: type) -> dict[str, str]:
    body = ast.parse(inspect.getsource(section)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            found[field.target.id] = " ".join(text.value.value.split())
    return found


def main(arguments: Sequence[str]) -> int:
    """Renew the list in the file named, or print it."""
    if not arguments:
        sys.stdout.write(table())
        return 0
    path = Path(arguments[0])
    path.write_text(renewed(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
