"""`outage-tui report`: an after-action report of any recording, as one HTML file or as Markdown.

Where a drill was played on the run, the drill comes first (`drill_report`).
Nothing is executed again, so it takes seconds at any size of the run.
"""

from collections.abc import Iterator
from pathlib import Path

from outage_engine.recording.reader import Recording
from outage_tui.mishap import DONE, BadUsage
from outage_tui.output import write_out
from outage_tui.report_data import read_data
from outage_tui.report_document import Document
from outage_tui.report_html import html
from outage_tui.report_markdown import markdown
from outage_tui.report_sections import document

WRITERS = {".html": html, ".md": markdown}
"""How a file is written, by the end of its name."""


def report(recording: Path, out: Path | None) -> int:
    """Write the report of `recording` to `out`, or Markdown to standard output.

    Raises RecordingError or BadUsage, before anything is written.
    """
    check_out(out)
    with Recording(recording) as opened:
        drill = bool(opened.meta.get("drill"))
        found = None if drill else document(read_data(opened))
    if found is None:
        from outage_tui.drill_report import recorded_document

        found = recorded_document(recording)
    write_out(written(found, out), out)
    return DONE


def check_out(out: Path | None) -> None:
    """Raises BadUsage when a report cannot be written there."""
    if out is not None and out.suffix not in WRITERS:
        raise BadUsage(f"-o {out}: is neither .html nor .md; end the name in one of them")
    if out is not None and (out.exists() or out.is_symlink()):
        raise BadUsage(f"-o {out}: exists already; name a file that does not")


def written(found: Document, out: Path | None) -> Iterator[str]:
    """The pieces of a document as its file's name asks for."""
    return WRITERS[".md" if out is None else out.suffix](found)
