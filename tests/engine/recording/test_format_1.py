"""Format 1 stays readable: a file made when it was new, and its tables word for word."""

import hashlib
from pathlib import Path
from typing import Any

from outage_engine.recording import format_1
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_engine.recording.verification import verify

GOLDEN = Path(__file__).parents[2] / "golden" / "recording-format-1.otrec"


def test_a_recording_made_when_the_format_was_new_still_reads(small_run: Any) -> None:
    with Recording(GOLDEN) as recording:
        assert recording.meta.finished
        assert recording.meta.format == 1
        assert recording.meta.get("seed") == "7"
        assert verify(recording, small_run.event_chunks()).ok
        playback = Playback(recording)
        frame = playback.frame_at(playback.frame_times_ns[77])
        assert frame is not None
        assert frame.body == small_run.frame(77)
        assert playback.series("dwfm.broken").values[-1] == 149
        assert len(playback.narration()) == 150
        assert [marker.name for marker in playback.markers()] == ["here it breaks"]


def test_the_tables_of_format_1_stay_what_they_are() -> None:
    """A change of the DDL makes all recordings unreadable: it takes a new format module."""
    ddl = "\n".join(sql for _, _, sql in format_1.SCHEMA)
    assert hashlib.sha256(ddl.encode()).hexdigest()[:16] == "c849ddbbd4b588c2"


def test_the_schema_names_each_object_as_its_ddl_does() -> None:
    for kind, name, sql in format_1.SCHEMA:
        assert sql.startswith(f"CREATE {kind.upper()} {name} ")
