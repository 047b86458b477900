"""Version 3 of a recording: the journal of a drill, and nothing changed for runs without one."""

from hashlib import blake2b
from pathlib import Path

import pytest

from outage_engine.recording import format_2, format_3
from outage_engine.recording.errors import BadRecording
from outage_engine.recording.reader import Recording
from outage_engine.recording.sink import CHAIN_START
from outage_engine.recording.writer import RecordingWriter

TABLES_DIGEST = "bae074f0d4b9d9b61bc2643b1f96def6"


def recorded(path: Path, *entries: str, journal: bool = True) -> Path:
    writer = RecordingWriter(path, meta={}, scenario="s", journal=journal)
    for n, entry in enumerate(entries):
        writer.journal(n, "solo", "note", entry)
    writer.close(digest=CHAIN_START, events=0, virtual_ns=0, summary="")
    assert writer.failure is None
    return path


def test_the_tables_of_format_3_stay_what_they_are() -> None:
    """A change is a new version: files of this one must stay readable."""
    ddl = "\n".join(sql for _, _, sql in format_3.SCHEMA)
    assert blake2b(ddl.encode(), digest_size=16).hexdigest() == TABLES_DIGEST
    assert format_3.SCHEMA[:-1] == format_2.SCHEMA


def test_a_journal_comes_back_in_order(tmp_path: Path) -> None:
    with Recording(recorded(tmp_path / "a.otrec", "1", "2", "3")) as recording:
        assert recording.meta.format == format_3.VERSION
        assert list(recording.journal()) == ["1", "2", "3"]


def test_a_run_without_a_drill_is_recorded_as_before(tmp_path: Path) -> None:
    with Recording(recorded(tmp_path / "a.otrec", journal=False)) as recording:
        assert recording.meta.format == format_2.VERSION
        assert list(recording.journal()) == []


def test_an_entry_larger_than_the_format_allows_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.otrec", "x" * (format_3.ENTRY_SIZE_MAX + 1))
    with Recording(path) as recording, pytest.raises(BadRecording, match="journal"):
        list(recording.journal())
