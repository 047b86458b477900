"""`outage-tui export`: formats that other programs read, checked by reading them back."""

import csv
import errno
import io
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from outage_engine.histogram import HIGHEST_US, SIGNIFICANT_DIGITS
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.output import write_out

FORMATS = ("csv", "jsonl", "hlog", "openmetrics")
START_UNIX_S = 1_760_940_000
"""2025-10-19T23:00:00-07:00."""


def test_csv_has_every_sample_of_every_metric(program: Any, recording: Path) -> None:
    call = program("export", str(recording), "--format", "csv")
    assert (call.status, call.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(call.out)))
    with Recording(recording) as opened:
        playback = Playback(opened)
        assert list(rows[0]) == ["at", "t_min", "t_s", *playback.metric_names()]
        for name in playback.metric_names():
            series = playback.series(name)
            assert [float(row[name]) for row in rows] == series.values.tolist()
            assert [float(row["t_s"]) * 1e9 for row in rows] == series.times_ns.tolist()
    assert rows[0]["at"] == "2025-10-19T23:00:00-07:00"
    assert [float(rows[place]["t_min"]) for place in (0, -1)] == [-48, 10]


def test_jsonl_tells_what_happened_in_order(program: Any, recording: Path) -> None:
    call = program("export", str(recording), "--format", "jsonl")
    assert (call.status, call.err) == (0, "")
    told = [json.loads(line) for line in call.out.splitlines()]
    assert [thing["t_ns"] for thing in told] == sorted(thing["t_ns"] for thing in told)
    for thing in told:
        assert re.fullmatch(r"2025-10-19T[0-9:]{8}-07:00", thing["at"])
        assert thing["t_min"] == pytest.approx(thing["t_ns"] / 6e10 - 48, abs=1e-5)
    by_event = {
        event: [thing for thing in told if thing["event"] == event]
        for event in ("narration", "action", "milestone", "dns_change")
    }
    lines = by_event["narration"]
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert set(lines[0]) >= {"component", "level", "text", "about"}
    (action,) = by_event["action"]
    assert (action["id"], action["t_min"]) == ("dns.flush_caches", 2.0)
    assert action["arguments"] == {"customers_follow": 0.5}
    assert "dns_record_empty" in {milestone["id"] for milestone in by_event["milestone"]}
    assert any("0 addresses" in change["after"] for change in by_event["dns_change"])


def test_hlog_is_read_by_hdrhistogram_tag_by_tag(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "latencies.hlog"
    call = program("export", str(recording), "--format", "hlog", "-o", str(path))
    assert (call.status, call.out, call.err) == (0, "", "")
    lines = path.read_text().splitlines()
    assert lines[1] == "#[Histogram log format version 1.3]"
    assert lines[2].startswith(f"#[StartTime: {START_UNIX_S}.000 (seconds since epoch)")
    for line in lines[5:]:
        assert re.fullmatch(r"Tag=[\w.-]+(,[0-9]+\.[0-9]{3}){3},HISTF[A-Za-z0-9+/]+=*", line)

    found: dict[str, int] = {}
    reader = HistogramLogReader(str(path), HdrHistogram(1, HIGHEST_US, SIGNIFICANT_DIGITS))
    while (interval := reader.get_next_interval_histogram()) is not None:
        tag = interval.get_tag()
        found[tag] = found.get(tag, 0) + interval.get_total_count()
        assert interval.get_start_time_stamp() >= START_UNIX_S * 1000
    reader.close()
    with Recording(recording) as opened:
        operations = Playback(opened).operations()
    assert tuple(sorted(found)) == operations
    assert all(count > 0 for count in found.values())


def test_openmetrics_is_what_the_standard_says(program: Any, recording: Path) -> None:
    call = program("export", str(recording), "--format", "openmetrics")
    assert (call.status, call.err) == (0, "")
    *lines, end = call.out.splitlines()
    assert end == "# EOF"
    assert call.out.endswith("# EOF\n")
    families: list[str] = []
    kind, last = "", -1.0
    for line in lines:
        if line.startswith("#"):
            _, word, family, kind = line.split(" ")
            assert word == "TYPE"
            assert re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", family)
            assert family not in families
            assert not family.endswith("_total")
            families.append(family)
            last = -1.0
            continue
        name, value, at = line.split(" ")
        assert name == families[-1] + ("_total" if kind == "counter" else "")
        assert float(value) >= 0
        assert float(at) > last
        last = float(at)
    with Recording(recording) as opened:
        assert len(families) == len(Playback(opened).metric_names())
    assert last == START_UNIX_S + 58 * 60
    assert {"outage_dns_races", "outage_dns_answers"} <= set(families)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_is_written_once_and_never_over(
    program: Any, recording: Path, tmp_path: Path, format_name: str
) -> None:
    words = ["export", str(recording), "--format", format_name]
    path = tmp_path / "out"
    assert program(*words, "-o", str(path)).status == 0
    assert path.read_text() == program(*words).out
    path.write_text("precious")
    call = program(*words, "-o", str(path))
    assert call.status == 2
    assert call.problems == [f"-o {path}: exists already; name a file that does not"]
    assert path.read_text() == "precious"
    call = program(*words, "-o", str(tmp_path / "no" / "out"))
    assert call.status == 2
    assert "cannot be made" in call.err


def test_a_full_disk_leaves_no_half_of_a_file_and_names_it(tmp_path: Path) -> None:
    def pieces() -> Iterator[str]:
        yield "one"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "out"
    with pytest.raises(OSError, match="No space left on device") as full:
        write_out(pieces(), out)
    assert full.value.filename == str(out)
    assert not out.exists()


def test_a_damaged_recording_leaves_no_half_of_a_file(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bent.otrec"
    shutil.copyfile(recording, path)
    file = sqlite3.connect(path)
    with file:
        file.execute("UPDATE histograms SET body = x'00' WHERE n = (SELECT max(n) FROM histograms)")
        file.execute("UPDATE metric_samples SET numbers = '[1, ' WHERE t_ns = 10000000000")
        file.execute("UPDATE narration SET text = x'ff' WHERE n = 2")
        file.execute("UPDATE meta SET value = 'never' WHERE key = 'start'")
    file.close()
    out = tmp_path / "out"
    for format_name in FORMATS:
        call = program("export", str(path), "--format", format_name, "-o", str(out))
        assert call.status == 2
        assert call.out == ""
        assert len(call.problems) == 1
        assert not out.exists()
    file = sqlite3.connect(path)
    with file:
        file.execute("UPDATE meta SET value = '2025-10-19T23:00:00-07:00' WHERE key = 'start'")
    file.close()
    for format_name in FORMATS:
        call = program("export", str(path), "--format", format_name, "-o", str(out))
        assert call.status == 2, format_name
        assert len(call.problems) == 1
        assert not out.exists()
