"""A recording is read back as it was written, and anything else is refused in one line."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outage_engine.recording import format_1
from outage_engine.recording.errors import BadRecording, NewerRecording
from outage_engine.recording.packing import Packer
from outage_engine.recording.reader import Recording, printable
from outage_engine.recording.sink import EventChunk
from outage_engine.recording.writer import RecordingWriter


def edit(path: Path, *statements: str) -> None:
    """Change a recording the way its owner could, and let it say its new size."""
    file = sqlite3.connect(path, isolation_level=None)
    file.execute("PRAGMA writable_schema = ON")
    for statement in statements:
        file.execute(statement)
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    file.execute("UPDATE meta SET value = ? WHERE key = 'size_bytes'", (f"{pages * 4096:020}",))
    file.close()


def refusal(path: Path) -> str:
    """Return why a recording is refused, by opening or by reading it all."""
    with pytest.raises(BadRecording) as caught, Recording(path) as recording:
        list(recording.chunks())
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "; " in text
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def test_events_come_back_as_they_were(closed: Path, small_run: Any) -> None:
    with Recording(closed) as recording:
        assert list(recording.chunks()) == list(small_run.event_chunks())
        assert recording.events(recording.chunk(2))[3] == small_run.event(19)


def test_a_recording_says_what_it_is(closed: Path, small_run: Any) -> None:
    last = list(small_run.event_chunks())[-1]
    with Recording(closed) as recording:
        meta = recording.meta
    assert (meta.format, meta.finished, meta.events) == (2, True, 320)
    assert meta.digest == last.digest.hex()
    assert meta.virtual_ns == last.last_ns
    assert meta.scenario == 'name = "small"\n'
    assert meta.summary == '{"impact": 1}'
    assert (meta.get("seed"), meta.get("version"), meta.get("colour", "?")) == ("7", "0.1.0", "?")


def test_reading_changes_nothing(closed: Path) -> None:
    before = closed.read_bytes(), closed.stat().st_mtime_ns
    with Recording(closed) as recording:
        list(recording.chunks())
    assert (closed.read_bytes(), closed.stat().st_mtime_ns) == before
    assert list(closed.parent.iterdir()) == [closed]


def test_a_recording_in_a_folder_with_an_odd_name_is_found(closed: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a?mode=rwc#50%25 off"
    odd.mkdir()
    with Recording(Path(shutil.copy(closed, odd))) as recording:
        assert recording.meta.finished


def test_a_run_still_being_recorded_can_be_read(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    writer = new_writer()
    for place, chunk in enumerate(small_run.event_chunks()):
        writer.chunk(chunk)
        writer.flush()
        with Recording(writer.path) as recording:
            assert recording.chunk_count == place + 1
        if place == 4:
            break
    writer.abandon()


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\0", bytes(5000)])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.otrec"
    path.write_bytes(content)
    assert refusal(path) == "is not a recording; name a file that `run` has recorded"


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.sqlite"
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE meta (key, value)")
    file.close()
    assert refusal(path).startswith("is a database, but not a recording; ")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.otrec").startswith("cannot be read (No such file or directory)")
    assert refusal(tmp_path).startswith("cannot be read (Is a directory)")


def test_a_newer_format_is_named_as_such(closed: Path) -> None:
    edit(closed, "PRAGMA user_version = 4")
    with pytest.raises(NewerRecording, match="has format 4, and this program reads up to 3"):
        Recording(closed)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (n)",
        "CREATE INDEX quick ON chunks (first_ns)",
        "CREATE TRIGGER boo AFTER INSERT ON markers BEGIN DELETE FROM meta; END",
        "DROP TABLE markers",
        "DROP VIEW metrics",
        "ALTER TABLE meta ADD COLUMN extra",
        "UPDATE sqlite_schema SET sql = replace(sql, 'n INTEGER', 'n  INTEGER')",
    ],
)
def test_any_other_schema_is_refused(closed: Path, change: str) -> None:
    edit(closed, change)
    assert refusal(closed).startswith(("does not have the tables of format 2", "is damaged"))


def test_a_view_instead_of_a_table_is_never_run(closed: Path) -> None:
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
    view = f"CREATE VIEW meta AS {endless} SELECT n AS key, n AS value FROM r"
    file = sqlite3.connect(closed)
    file.execute("DROP TABLE meta")
    file.execute(view)
    file.close()
    assert refusal(closed).startswith("does not have the tables of format 2")


def test_only_reading_is_authorised(closed: Path) -> None:
    with Recording(closed) as recording:
        for query in (
            "DELETE FROM meta",
            "PRAGMA trusted_schema = ON",
            "ATTACH 'x' AS y",
            "SELECT load_extension('x')",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        ):
            with pytest.raises(BadRecording, match=r"not authorized|prohibited"):
                list(recording.rows(query))


def test_a_query_that_never_ends_is_stopped(closed: Path) -> None:
    with Recording(closed) as recording:
        endless = "SELECT 1 FROM narration a, narration b, narration c, narration d WHERE a.n < 0"
        with pytest.raises(BadRecording, match="reading it takes too long"):
            list(recording.rows(f"{endless} OR b.n + c.n + d.n < 0"))


def test_a_query_cannot_bring_more_than_the_file_holds(closed: Path) -> None:
    with Recording(closed) as recording:
        query = "SELECT a.text FROM narration a, narration b, narration c"
        with pytest.raises(BadRecording, match="holds more than the file can"):
            list(recording.rows(query))


def test_a_closed_recording_of_another_size_is_refused(closed: Path) -> None:
    size = closed.stat().st_size
    with closed.open("ab") as file:
        file.write(b"\0")
    assert f"it has {size + 1} bytes and had {size}" in refusal(closed)


def test_a_recording_that_lost_its_last_events_is_refused(closed: Path) -> None:
    edit(closed, "DELETE FROM chunks WHERE n = 39")
    assert "its last events are not those it says it ends with" in refusal(closed)


def test_a_recording_that_lost_events_in_the_middle_is_refused(closed: Path) -> None:
    edit(closed, "DELETE FROM chunks WHERE n = 12")
    assert "chunk 12 is missing" in refusal(closed)


def test_exchanged_chunks_are_refused(closed: Path) -> None:
    edit(closed, "UPDATE chunks SET start = (SELECT start FROM chunks WHERE n = 5) WHERE n = 4")
    assert "chunk 4 does not follow from the one before" in refusal(closed)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE chunks SET digest = x'00' WHERE n = 3", "a digest of 1 bytes"),
        ("UPDATE chunks SET events = 'many' WHERE n = 3", "a str is where a int should be"),
        ("UPDATE chunks SET start = -5 WHERE n = 3", "points outside"),
        ("UPDATE chunks SET size = 9000000 WHERE n = 3", "points outside"),
        ("UPDATE chunks SET shelf = 77 WHERE n = 3", "points to what is not there"),
        ("UPDATE chunk_shelves SET body = x'28b52ffd' WHERE shelf = 0", "cannot be inflated"),
        ("UPDATE chunk_shelves SET body = x'' WHERE shelf = 0", "cannot be inflated"),
        ("UPDATE chunk_shelves SET body = CAST(body || x'00' AS BLOB)", "cannot be inflated"),
        ("UPDATE chunk_shelves SET body = 'text' WHERE shelf = 0", "a str is where a bytes"),
        ("UPDATE meta SET value = 'a lot' WHERE key = 'virtual_ns'", "a number in its meta table"),
        ("UPDATE meta SET value = '²' WHERE key = 'events'", "a number in its meta table"),
        ("DELETE FROM meta WHERE key = 'digest'", "closed without digest"),
        ("DELETE FROM scenario", "it has no scenario"),
        ("UPDATE meta SET value = CAST(x'ff' AS TEXT) WHERE key = 'seed'", "UTF-8"),
        ("INSERT INTO chunks VALUES (9223372036854775807,0,0,0,0,x'',0,0,0)", "digest of 0 bytes"),
    ],
)
def test_each_damage_is_named(closed: Path, change: str, problem: str) -> None:
    edit(closed, change)
    assert problem in refusal(closed)


def test_the_end_of_an_unfinished_recording_is_that_of_its_events(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    """A program that runs it again runs until then: it must not be told to run for ever."""
    writer = new_writer()
    small_run.into(writer)
    writer.abandon()
    file = sqlite3.connect(writer.path, isolation_level=None)
    file.execute("UPDATE chunks SET last_ns = 9000000000000000000 WHERE n = 39")
    file.close()
    assert "its last event is not at the time it says" in refusal(writer.path)


def test_the_questions_in_the_readme_have_answers(closed: Path) -> None:
    readme = Path(__file__).parents[3] / "recordings" / "README.md"
    questions = [line for line in readme.read_text().splitlines() if line.startswith("SELECT")]
    assert len(questions) == 3
    file = sqlite3.connect(closed)
    answers = [file.execute(question).fetchall() for question in questions]
    file.close()
    assert answers[0][0] == (-48.0, 0)
    assert answers[1] == []
    assert answers[2] == [("dns.inspect", '{"endpoint": "x"}', "done", "script")]


def test_a_bomb_is_not_inflated(closed: Path) -> None:
    bomb = Packer().pack(bytes(200 << 20)).hex()
    assert len(bomb) < 100_000
    edit(closed, f"UPDATE chunk_shelves SET body = x'{bomb}' WHERE shelf = 0")
    assert f"opens to more than {format_1.SHELF_SIZE_MAX} bytes" in refusal(closed)


def test_a_huge_value_is_not_read(closed: Path) -> None:
    size = format_1.CELL_SIZE_MAX + 1
    edit(closed, f"UPDATE scenario SET text = CAST(zeroblob({size}) AS TEXT)")
    assert "string or blob too big" in refusal(closed)


def test_a_damaged_wal_costs_only_what_was_in_it(
    new_writer: Callable[..., RecordingWriter], small_run: Any, tmp_path: Path
) -> None:
    writer = new_writer()
    small_run.into(writer)
    writer.flush()
    copy = tmp_path / "copy.otrec"
    shutil.copy(writer.path, copy)
    wal = writer.path.with_name("run.otrec-wal").read_bytes()
    copy.with_name("copy.otrec-wal").write_bytes(wal[: len(wal) // 2] + b"\xff" * 5000)
    with Recording(copy) as recording:
        assert not recording.meta.finished
        chunks = list(small_run.event_chunks())
        assert list(recording.chunks()) == chunks[: recording.chunk_count]
    writer.abandon()


def test_a_foreign_wal_beside_a_closed_recording_is_ignored(closed: Path) -> None:
    closed.with_name("run.otrec-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(9000))
    with Recording(closed) as recording:
        assert recording.meta.finished


def test_events_that_are_no_events_are_refused(closed: Path) -> None:
    with Recording(closed) as recording:
        for body in (b"", b"\xc1", b"\x01\x02", b"\x91" * 5000, b"\x80\x80"):
            chunk = EventChunk(0, 0, 2, 0, 0, body, bytes(32))
            with pytest.raises(BadRecording):
                recording.events(chunk)


def test_text_from_a_recording_cannot_drive_a_terminal() -> None:
    assert printable("Gen 3 → az1: ok") == "Gen 3 → az1: ok"
    assert printable("\x1b]0;title\x07\x1b[2J\u202eabc\n") == "�]0;title��[2J�abc�"
