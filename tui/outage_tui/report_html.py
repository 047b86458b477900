"""A report as one HTML page that needs nothing else: no network, no script, no second file.

Recordings are untrusted, so every text of one is escaped, and a content security policy forbids the
page to fetch or run anything even if that failed. Headings go down one step at a time, tables have
captions and headings of rows and columns (and say so by role too, because a narrow screen shows
rows as cards), plots a title, a description and their figures in a table, and colour never says
anything alone. It follows the reader's dark or light theme; on paper
it is always light.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib import resources

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
    Mark,
    Paragraph,
    Section,
    Strips,
    Table,
)
from outage_tui.report_strips import svg_of_strips
from outage_tui.report_svg import svg_of_bars, svg_of_chart

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LEVELS = {"error": "Failure: ", "warning": "Warning: ", "good": "Good: "}
"""What colour says, in words."""
_SIGNS = {
    "info": "\N{BULLET}",
    "error": "\N{MULTIPLICATION X}",
    "warning": "!",
    "good": "\N{CHECK MARK}",
}


def html(document: Document) -> Iterator[str]:
    """The page, in pieces."""
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="color-scheme" content="light dark">\n'
    yield f"<title>{_text(document.title)}</title>\n<style>\n{style()}</style>\n</head>\n<body>\n"
    yield '<a class="skip" href="#content">To the report</a>\n<header>\n'
    yield f"<h1>{_text(document.title)}</h1>\n<p>{_text(document.subtitle)}</p>\n</header>\n"
    yield from _contents(document.sections)
    yield '<main id="content">\n'
    for section in document.sections:
        yield from _section(section)
    yield "</main>\n</body>\n</html>\n"


def style() -> str:
    """The style sheet that stands in every page."""
    return (resources.files("outage_tui") / "report.css").read_text("utf-8")


def _text(text: str) -> str:
    return escape(printable(text))


def _contents(sections: Sequence[Section]) -> Iterator[str]:
    yield '<nav aria-label="Contents">\n<ol role="list">\n'
    for section in sections:
        yield f'<li><a href="#{_text(section.id)}">{_text(section.title)}</a></li>\n'
    yield "</ol>\n</nav>\n"


def _section(section: Section) -> Iterator[str]:
    name = _text(section.id)
    yield f'<section aria-labelledby="{name}">\n<h2 id="{name}">{_text(section.title)}</h2>\n'
    plots = [block for block in section.blocks if isinstance(block, Chart)]
    for block in section.blocks:
        if plots and block is plots[0]:
            yield '<div class="plots">\n'
        yield _block(block)
        if plots and block is plots[-1]:
            yield "</div>\n"
    yield "</section>\n"


def _block(block: Block) -> str:
    match block:
        case Paragraph(text=text):
            return f"<p>{_text(text)}</p>\n"
        case Bullets(items=items):
            return f"<ul>\n{''.join(f'<li>{_text(item)}</li>' for item in items)}\n</ul>\n"
        case Command(text=text):
            return f"<pre><code>{_text(text)}</code></pre>\n"
        case Table():
            return _folded(block) if block.folded else _table(block)
        case Chart():
            return _figure(block, svg_of_chart(block))
        case Bars():
            return _figure(block, svg_of_bars(block))
        case Strips():
            return _strips(block)
        case Lanes():
            return _timeline(block)
        case Chain():
            return _chain(block)


# -- tables ---------------------------------------------------------------------------------------


def _table(table: Table) -> str:
    """A table; narrow screens show its rows as cards, so each cell carries its heading."""
    heads = [_head(cell, _number(place, table)) for place, cell in enumerate(table.head)]
    rows = [_row(_table_cells(row, table), row[0]) for row in table.rows]
    return _grid("data", table.caption, heads, rows)


def _table_cells(row: Sequence[str], table: Table) -> Iterator[str]:
    for place, cell in enumerate(row):
        if place > 0:
            label = f'data-label="{_text(table.head[place])}"{_number(place, table)}'
            yield f'<td role="cell" {label}>{_text(cell)}</td>'


def _grid(kind: str, caption: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    return (
        f'<table class="{kind}" role="table">\n<caption>{_text(caption)}</caption>\n'
        f'<thead role="rowgroup"><tr role="row">{"".join(heads)}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{"".join(rows)}</tbody>\n</table>\n'
    )


def _head(cell: str, kind: str = "") -> str:
    return f'<th scope="col" role="columnheader"{kind}>{_text(cell)}</th>'


def _row(cells: Iterable[str], head: str) -> str:
    first = f'<th scope="row" role="rowheader">{_text(head)}</th>'
    return f'<tr role="row">{first}{"".join(cells)}</tr>\n'


def _number(place: int, table: Table) -> str:
    return ' class="number"' if place in table.numeric else ""


def _folded(table: Table) -> str:
    return f"<details>\n<summary>{_text(table.caption)}</summary>\n{_table(table)}</details>\n"


# -- plots ----------------------------------------------------------------------------------------


def _figure(figure: Chart | Bars, picture: str) -> str:
    marks = _marks(figure.marks) if isinstance(figure, Chart) else ""
    wide = ' class="wide"' if isinstance(figure, Bars) else ""
    return (
        f"<figure{wide}>\n<h3>{_text(figure.title)}</h3>\n{picture}\n"
        f"<figcaption>{_text(figure.text)}{marks}</figcaption>\n"
        f"{_folded(figure.values)}</figure>\n"
    )


def _strips(strips: Strips) -> str:
    """A wide picture: where there is no room it can be moved, by keyboard too."""
    title = _text(strips.title)
    return (
        f'<figure class="strips">\n<h3>{title}</h3>\n'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{title}">\n'
        f"{svg_of_strips(strips)}\n</div>\n<figcaption>{_text(strips.text)}</figcaption>\n"
        "</figure>\n"
    )


def _marks(marks: Sequence[Mark]) -> str:
    """Which milestone has which number."""
    if not marks:
        return ""
    named = ", ".join(f"<b>{_text(mark.label)}</b> {_text(mark.name)}" for mark in marks)
    return f' <span class="marks">{named}.</span>'


# -- the timeline ---------------------------------------------------------------------------------


def _timeline(timeline: Lanes) -> str:
    heads = [_head(title) for title in ("Time", *timeline.titles)]
    rows = [
        _row(map(_lane, timeline.titles, moment.cells), moment.label) for moment in timeline.moments
    ]
    return _grid("lanes", timeline.caption, heads, rows)


def _lane(title: str, entries: Sequence[Entry]) -> str:
    if not entries:
        return '<td role="cell" class="empty"></td>'
    items = "".join(_entry(entry) for entry in entries)
    return f'<td role="cell" data-label="{_text(title)}"><ul role="list">{items}</ul></td>'


def _entry(entry: Entry) -> str:
    level = entry.level if entry.level in _LEVELS else "info"
    said = f'<span class="said">{_LEVELS[level]}</span>' if level in _LEVELS else ""
    return (
        f'<li class="{level}"><span class="sign" aria-hidden="true">{_SIGNS[level]}</span>'
        f"{said}{_text(entry.text)}</li>"
    )


# -- why ------------------------------------------------------------------------------------------


def _chain(chain: Chain) -> str:
    steps = []
    for place, step in enumerate(chain.steps):
        because = "because " if place else ""
        via = f' <span class="via">(through {_text(step.via)})</span>' if step.via else ""
        known = f'<p class="mechanism">{_text(step.mechanism)}</p>' if step.mechanism else ""
        steps.append(
            f"<li>{because}<b>{_text(step.label)}</b>: {_text(step.text)}{via}{known}</li>\n"
        )
    return (
        f'<div class="chain">\n<h3>{_text(chain.title)}</h3>\n<p>{_text(chain.text)}</p>\n'
        f"<ol>\n{''.join(steps)}</ol>\n</div>\n"
    )
