"""A report as Markdown: headings, paragraphs and tables of the GitHub kind; plots as figures.

Text is escaped so that no reader takes anything in it for markup: not HTML, not a link, not a
table's cell. In a fence nothing is markup but a longer fence.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from outage_engine.recording.reader import printable
from outage_tui.report_document import (
    Bars,
    Block,
    Bullets,
    Chain,
    Chart,
    Command,
    Document,
    Entry,
    Lanes,
    Paragraph,
    Strips,
    Table,
)

_MARKUP: Final = re.compile(r"[\\`*\[\]{}<>#|!~$&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|://|www\.")
_BEGINNING: Final = re.compile(r"^(?:[-+](?=\s|$)|-(?=[-\s]*$)|=|\d{1,9}(?=[.)](?:\s|$)))")
"""What would begin a list, a rule or a heading."""
_FENCE_MIN: Final = 3


def markdown(document: Document) -> Iterator[str]:
    """The document, in pieces; each is whole lines."""
    yield f"# {escaped(document.title)}\n\n{escaped(document.subtitle)}\n"
    for section in document.sections:
        yield f"\n## {escaped(section.title)}\n"
        for block in section.blocks:
            yield "\n"
            yield from _lines(_block(block))


def escaped(text: str) -> str:
    """Text as Markdown that shows just this, on one line."""
    plain = " ".join(printable(text).split())
    found = _MARKUP.sub(_harmless, plain)
    return _BEGINNING.sub(lambda begun: _entity(begun[0][0]) + begun[0][1:], found)


def _harmless(found: "re.Match[str]") -> str:
    text = found[0]
    if text == "://":
        return "&#58;//"
    if text == "www.":
        return "www&#46;"
    return _entity(text) if text in "<>&@|\\`" else f"\\{text}"


def _entity(letter: str) -> str:
    return f"&#{ord(letter)};"


def _lines(lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{line}\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text=text):
            yield escaped(text)
        case Bullets(items=items):
            yield from (f"- {escaped(item)}" for item in items)
        case Command(text=text):
            yield from _fenced(text)
        case Table():
            yield from _table(block)
        case Chart() | Bars():
            yield from _figure(block)
        case Strips():
            yield from (f"### {escaped(block.title)}", "", escaped(block.text))
        case Lanes():
            yield from _timeline(block)
        case Chain():
            yield from _chain(block)


def _fenced(text: str) -> Iterator[str]:
    plain = printable(text)
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * max(_FENCE_MIN, longest + 1)
    yield f"{fence}sh"
    yield plain
    yield fence


def _table(table: Table) -> Iterator[str]:
    yield f"**{escaped(table.caption)}**"
    yield ""
    yield from _rows(table.head, table.rows, table.numeric)


def _rows(
    head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()
) -> Iterator[str]:
    yield _row([escaped(cell) for cell in head])
    yield _row(["---:" if place in numeric else "---" for place in range(len(head))])
    for row in rows:
        yield _row([escaped(cell) for cell in row])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(figure: Chart | Bars) -> Iterator[str]:
    yield f"### {escaped(figure.title)}"
    yield ""
    yield escaped(figure.text)
    yield ""
    yield from _table(figure.values)


def _timeline(timeline: Lanes) -> Iterator[str]:
    yield escaped(timeline.caption)
    yield ""
    rows = [
        (
            escaped(moment.label),
            *("<br>".join(_entry(one) for one in cell) for cell in moment.cells),
        )
        for moment in timeline.moments
    ]
    yield _row(["time", *(escaped(title) for title in timeline.titles)])
    yield _row(["---"] * (len(timeline.titles) + 1))
    yield from (_row(row) for row in rows)


def _entry(entry: Entry) -> str:
    mark = {"error": "**!!** ", "warning": "**!** "}.get(entry.level, "")
    return f"{mark}{escaped(entry.text)}"


def _chain(chain: Chain) -> Iterator[str]:
    yield f"### {escaped(chain.title)}"
    yield ""
    yield escaped(chain.text)
    yield ""
    for place, step in enumerate(chain.steps, 1):
        because = "because " if place > 1 else ""
        via = f" (through {escaped(step.via)})" if step.via else ""
        yield f"{place}. {because}**{escaped(step.label)}**: {escaped(step.text)}{via}"
        if step.mechanism:
            yield f"   <br>{escaped(step.mechanism)}"
