"""Format 2: format 1, and why each line of narration was told."""

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outage_engine.recording import format_1, format_2
from outage_engine.recording.errors import BadRecording
from outage_engine.recording.playback import NarrationLine, Playback
from outage_engine.recording.reader import Recording
from outage_engine.recording.writer import RecordingWriter

WriterMaker = Callable[..., RecordingWriter]


def told(writer: RecordingWriter, small_run: Any) -> Path:
    """A closed recording of three lines, the last of which follows from both others."""
    small_run.events_into(writer)
    writer.narration(1, 0, "staging", "info", "delayed", "slow")
    writer.narration(2, 5, "zone", "warning", "overwritten", "stale", (1,), ("Batch from enactor",))
    writer.narration(3, 6, "zone", "error", "empty", "empty", (2, 1), ("", "Delete from enactor"))
    small_run.close(writer)
    assert writer.failure is None
    return writer.path


def edited(path: Path, change: str) -> str:
    """What reading the narration says after a change of the file."""
    file = sqlite3.connect(path)
    file.execute(change)
    file.commit()
    file.close()
    with pytest.raises(BadRecording) as refused, Recording(path) as recording:
        Playback(recording).narration()
    return refused.value.problem


def test_the_tables_of_format_2_stay_what_they_are() -> None:
    ddl = "\n".join(sql for _, _, sql in format_2.SCHEMA)
    assert hashlib.sha256(ddl.encode()).hexdigest()[:16] == "bb00ae3f3d7d1389"


def test_only_the_narration_differs_from_format_1() -> None:
    pairs = zip(format_1.SCHEMA, format_2.SCHEMA, strict=True)
    assert [one[1] for one, other in pairs if one != other] == ["narration"]


def test_causes_come_back_as_they_were(new_writer: WriterMaker, small_run: Any) -> None:
    path = told(new_writer(), small_run)
    with Recording(path) as recording:
        assert recording.meta.format == 2
        assert Playback(recording).narration(after=1) == [
            NarrationLine(
                2, 5, "zone", "warning", "overwritten", "stale", (1,), ("Batch from enactor",)
            ),
            NarrationLine(
                3, 6, "zone", "error", "empty", "empty", (2, 1), ("", "Delete from enactor")
            ),
        ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE narration SET because = '[3]' WHERE n = 2",
        "UPDATE narration SET because = '[2]' WHERE n = 2",
        "UPDATE narration SET because = '[0]' WHERE n = 2",
        "UPDATE narration SET because = '[1, 1]' WHERE n = 2",
        "UPDATE narration SET via = '[]' WHERE n = 2",
    ],
)
def test_a_cause_that_is_not_an_earlier_line_is_damage(
    new_writer: WriterMaker, small_run: Any, change: str
) -> None:
    assert "causes that cannot be" in edited(told(new_writer(), small_run), change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE narration SET because = '[1' WHERE n = 2",
        "UPDATE narration SET because = '[\"x\"]' WHERE n = 2",
        "UPDATE narration SET via = '[1]' WHERE n = 2",
        "UPDATE narration SET via = x'ff' WHERE n = 2",
    ],
)
def test_causes_of_another_shape_are_damage(
    new_writer: WriterMaker, small_run: Any, change: str
) -> None:
    assert edited(told(new_writer(), small_run), change).startswith("is damaged")


def test_what_drives_a_terminal_is_taken_out_of_via(
    new_writer: WriterMaker, small_run: Any
) -> None:
    writer = new_writer()
    small_run.events_into(writer)
    writer.narration(1, 0, "a", "info", "one", "x")
    writer.narration(2, 0, "a", "info", "two", "y", (1,), ("\x1b[2J",))
    small_run.close(writer)
    with Recording(writer.path) as recording:
        assert Playback(recording).narration()[1].via == ("\N{REPLACEMENT CHARACTER}[2J",)
