"""Tables of results: printed as text, kept as Markdown with the date and the command."""

import datetime
import os
import platform
import shlex
import sys
from pathlib import Path

from benchmarks import ROOT

RESULTS = ROOT / "benchmarks" / "results"
"""Where results are kept, one file a benchmark; each writing replaces the last one."""


class Table:
    """Rows of words under headings."""

    def __init__(self, *headings: str) -> None:
        self._rows: list[tuple[str, ...]] = [headings]

    def row(self, *cells: str) -> None:
        """Add a row, one cell a heading."""
        if len(cells) != len(self._rows[0]):
            raise ValueError(f"{len(cells)} cells under {len(self._rows[0])} headings: {cells}")
        self._rows.append(cells)

    def text(self) -> str:
        """As Markdown, its columns aligned so that it can be read as it is."""
        widths = [max(3, *map(len, column)) for column in zip(*self._rows, strict=True)]
        lines = [
            "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
            for row in self._rows
        ]
        lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
        return "\n".join(lines)


def write_report(name: str, about: str | None, *tables: Table, folder: Path = RESULTS) -> Path:
    """Keep tables as `results/NAME.md`, with what they are, the date, the command, the machine."""
    title = (about or name).strip().splitlines()[0]
    command = shlex.join(["python", "-m", _module(), *sys.argv[1:]])
    today = datetime.date.today().isoformat()
    machine = (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )
    parts = [f"# {title}", f"{today}, `{command}`, {machine}."]
    parts += [table.text() for table in tables]
    path = folder / f"{name}.md"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n", "utf-8")
    return path


def _module() -> str:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name if spec is not None else Path(sys.argv[0]).stem
