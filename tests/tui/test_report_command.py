"""`outage-tui report`: it says of a run what the run itself says, whatever is in the file."""

import contextlib
import io
import json
import re
import shlex
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import attrs
import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from outage_agents.views import CheckerView, LatencyView, ServiceView
from outage_engine.recording import format_1
from outage_engine.recording.playback import NarrationLine
from outage_tui.cli import commands
from outage_tui.mishap import exit_status
from outage_tui.report_data import ReportData, awaited_since, recorded_data
from outage_tui.report_document import (
    Chain,
    Chart,
    Document,
    Entry,
    Lane,
    Lanes,
    Paragraph,
    Section,
    Table,
)
from outage_tui.report_html import html
from outage_tui.report_lanes import MOMENTS_MAX, lanes
from outage_tui.report_markdown import markdown
from outage_tui.report_sections import document
from outage_tui.report_story import cost, story

HOSTILE = (
    '<script>alert(1)</script> [a](http://evil.example) `b` "><img src=x onerror=b> | \x1b[31m'
)


@attrs.frozen
class Morning:
    """The first hours of the outage: its recording, and what the run printed."""

    path: Path
    result: dict[str, Any]


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    folder = tmp_path_factory.mktemp("morning")
    path = folder / "morning.otrec"
    words = ["run", "small", "--until", "02:41", "--seed", "3", "--set", "nlb.velocity_limit=2"]
    words += ["--act", "dns.inspect@00:30", "--fault", "pause:planner@23:20+60s"]
    words += ["--change", "dns.keep_generations=20@00:10", "--headless", "--json"]
    text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(text):
        assert exit_status(commands, [*words, "--record", str(path)]) == 0
        text.flush()
    text.seek(0)
    return Morning(path, json.load(text))


@pytest.fixture(scope="module")
def data(morning: Morning) -> ReportData:
    return recorded_data(morning.path)


def section_of(found: Document, name: str) -> Section:
    return next(section for section in found.sections if section.id == name)


def table_of(found: Document, name: str, place: int = 0) -> Table:
    tables = [block for block in section_of(found, name).blocks if isinstance(block, Table)]
    return tables[place]


# -- what it says ---------------------------------------------------------------------------------


def test_times_of_failure_are_those_of_the_run(morning: Morning, data: ReportData) -> None:
    """What waits at a service of instances is not recorded; up to here nothing waits alone."""
    told = dict(morning.result["windows"])
    services = morning.result["services"]
    told |= {data.titles[name]: one["windows"] for name, one in services.items()}
    told["NLB"] = told.pop("NLB errors")
    assert told["DynamoDB"]
    for name, windows in data.windows.items():
        found = [
            (
                round(data.scenario.t_min(one.start_ns), 3),
                None if one.end_ns is None else round(data.scenario.t_min(one.end_ns), 3),
            )
            for one in windows
        ]
        known = [(window["start_t_min"], window["end_t_min"]) for window in told[name]]
        assert found == known, name


def test_losses_add_up_to_the_impact_of_the_run(morning: Morning, data: ReportData) -> None:
    total = morning.result["impact"]["customer_minutes"]
    assert sum(one.lost for one in data.stretches) == pytest.approx(total, rel=1e-3)
    assert data.hour is not None
    assert data.hour.end_min - data.hour.start_min == 60
    assert max(one.lost for one in data.stretches) <= total
    impact = table_of(document(data), "impact")
    assert len(impact.rows) == len(morning.result["impact"]["by_service"])
    assert any("The most expensive stretch" in sentence for sentence in cost(data))


def test_an_action_is_priced_from_the_failure_that_it_answers(data: ReportData) -> None:
    priced = {one.action.id: one for one in data.actions}
    empty = data.run.milestones["dns_record_empty"]
    restored = priced["dns.restore_from_rollback"]
    assert empty is not None
    assert restored.awaited_min == pytest.approx(empty, abs=0.1)
    lost = data.tracks["impact.customer_minutes"]
    assert restored.lost == pytest.approx(lost.at(157) - lost.at(0), rel=1e-3)
    assert restored.lost_before is not None
    assert restored.lost_after is not None
    assert restored.lost_before > 2 * restored.lost_after
    looked = priced["dns.inspect"]
    assert (looked.awaited_min, looked.lost) == (None, None)


def test_nothing_is_awaited_where_no_line_says_so() -> None:
    def line(n: int, level: str, about: str, *because: int) -> NarrationLine:
        return NarrationLine(n, n * 10, "x", level, "y", about, because, ("",) * len(because))

    lines = [
        line(1, "error", "dns.empty"),
        line(2, "info", "action.dns.flush_caches"),
        line(3, "info", "resolver.x.flushed", 2),
    ]
    assert awaited_since(lines, 2) is None
    lines.append(line(4, "info", "resolver.x.answers", 3, 1))
    found = awaited_since(lines, 2)
    assert found is not None
    assert found.n == 1


def test_the_story_tells_what_happened_and_what_did_not(data: ReportData) -> None:
    told = " ".join(story(data))
    assert re.search(r"At 23:4[78] DynamoDB's regional name lost all its addresses", told)
    assert "restored at 02:25" in told
    assert "1 fault and 1 changed parameter" in told
    assert "It was not over when the recording ends" in told
    assert "16 milestones" not in told, "milestones that are not due yet count against nobody"
    calm = attrs.evolve(data, run=attrs.evolve(data.run, milestones={}))
    told = " ".join(story(calm))
    assert "kept its addresses throughout" in told
    assert "0 of 5 milestones" in told
    assert "on average" not in told, "nothing happened, so nothing is off"


def test_every_lane_has_what_belongs_to_it(data: ReportData) -> None:
    found = lanes(data)
    true, seen, done = (
        [entry.text for moment in found.moments for entry in moment.cells[place]]
        for place in range(3)
    )
    assert "Milestone: DNS record empty" in true
    assert any(text.startswith("Failing: DynamoDB") for text in true)
    assert any(text.startswith("Law broken") for text in true)
    assert any("deleted plan" in text for text in seen)
    assert any("likewise" in text for text in seen)
    assert any(text.startswith("dns.restore_from_rollback") for text in done)
    assert {"Fault begins: pause of planner", "Fault ends: pause of planner"} <= set(done)
    assert "Changed: dns.keep_generations = 20" in done
    assert not any("dns.restore_from_rollback" in text for text in seen)
    order = [moment.cells for moment in found.moments]
    firsts = [min(entry.t_ns for cell in cells for entry in cell) for cells in order]
    assert firsts == sorted(firsts)


def test_a_plot_is_there_for_every_series_and_says_the_same_in_figures(data: ReportData) -> None:
    found = [b for b in section_of(document(data), "plots").blocks if isinstance(b, Chart)]
    assert [chart.id for chart in found] == [
        "broken-leases",
        "error-rate",
        "customer-minutes",
        "launches",
        "network-wait",
        "zones-out",
    ]
    for chart in found:
        assert len(chart.values.rows) > 5
        for curve in chart.curves:
            assert max(curve.values) <= chart.top
            assert len(curve.values) <= 2 * 460
    leases = data.tracks["dwfm.broken"]
    assert max(found[0].curves[0].values) == leases.values.max()
    started = found[3].curves[0].values
    assert sum(started) == pytest.approx(
        float(data.tracks["ec2.launched_total"].values[-1]), abs=60
    )


def test_the_causes_go_back_to_what_set_it_off(data: ReportData) -> None:
    chains = [b for b in section_of(document(data), "causes").blocks if isinstance(b, Chain)]
    assert chains[0].title.startswith("DNS record empty")
    assert "staged" in chains[0].steps[-1].text
    assert all("Source: " in step.mechanism for chain in chains for step in chain.steps)


def test_parameters_that_differ_are_named(data: ReportData) -> None:
    rows = {row[0]: row[1:] for row in table_of(document(data), "parameters").rows}
    assert rows["nlb.velocity_limit"] == ("0.0", "2.0")
    assert rows["droplets"] == ("1000000", "10000")


def test_the_command_repeats_the_run(program: Any, recording: Path) -> None:
    data = recorded_data(recording)
    words = shlex.split(data.command)
    assert words[:2] == ["outage-tui", "run"]
    call = program(*words[1:], "--headless", "--json", "--no-record")
    assert json.loads(call.out)["digest"] == data.run.digest


def test_others_may_add_sections_and_lanes(data: ReportData) -> None:
    more = (Section("decisions", "Decisions", (Paragraph("we waited"),)),)
    lane = Lane("What was done", (Entry(data.scenario.epoch_ns, "a decision"),))
    said = Lane("What was said", (Entry(data.scenario.epoch_ns, "an update"),))
    found = document(data, more, (lane, said))
    text = "".join(html(found))
    assert "we waited" in text
    (timeline,) = section_of(found, "timeline").blocks
    assert isinstance(timeline, Lanes)
    assert timeline.titles[3] == "What was said"
    cells = next(one.cells for one in timeline.moments if one.label.startswith("23:48"))
    assert "a decision" in [entry.text for entry in cells[2]]
    assert [entry.text for entry in cells[3]] == ["an update"]


# -- the command ----------------------------------------------------------------------------------


def test_markdown_goes_to_standard_output(program: Any, recording: Path, tmp_path: Path) -> None:
    call = program("report", str(recording))
    assert (call.status, call.err) == (0, "")
    assert call.out.startswith("# After-action report: ")
    path = tmp_path / "report.md"
    assert program("report", str(recording), "-o", str(path)).status == 0
    assert path.read_text() == call.out


def test_a_page_is_written_once_and_never_over(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    call = program("report", str(recording), "-o", str(path))
    assert (call.status, call.out, call.err) == (0, "", "")
    text = path.read_text()
    assert text.startswith("<!DOCTYPE html>")
    call = program("report", str(recording), "-o", str(path))
    assert call.status == 2
    assert call.problems == [f"-o {path}: exists already; name a file that does not"]
    assert path.read_text() == text


def test_another_kind_of_file_is_refused(program: Any, recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    call = program("report", str(recording), "-o", str(path))
    assert call.status == 2
    assert call.problems == [f"-o {path}: is neither .html nor .md; end the name in one of them"]
    assert not path.exists()


def test_what_is_no_recording_leaves_no_file(program: Any, tmp_path: Path) -> None:
    bad, path = tmp_path / "bad.otrec", tmp_path / "report.html"
    bad.write_text("nothing")
    call = program("report", str(bad), "-o", str(path))
    assert call.status == 2
    assert "is not a recording" in call.err
    assert not path.exists()


def test_the_same_recording_gives_the_same_report(data: ReportData, morning: Morning) -> None:
    again = "".join(html(document(recorded_data(morning.path))))
    assert "".join(html(document(data))) == again


def test_a_recording_of_format_1_has_a_report(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "old.otrec"
    in_format_1(recording, path)
    call = program("report", str(path))
    assert (call.status, call.err) == (0, "")
    assert "does not say why a line was told" in call.out
    assert "DNS record empty, 23:48" in call.out


def in_format_1(recording: Path, path: Path) -> None:
    """The same run as format 1 keeps it."""
    file = sqlite3.connect(path)
    file.execute("ATTACH ? AS newer", (str(recording),))
    with file:
        for kind, name, ddl in format_1.SCHEMA:
            file.execute(ddl)
            if kind == "table":
                columns = ", ".join(row[1] for row in file.execute(f"PRAGMA table_info({name})"))
                file.execute(f"INSERT INTO {name} SELECT {columns} FROM newer.{name}")
    file.execute(f"PRAGMA application_id = {format_1.APPLICATION_ID}")
    file.execute("PRAGMA user_version = 1")
    file.close()
    change(path)


def test_an_unfinished_recording_has_a_report(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.otrec"
    shutil.copyfile(recording, path)
    change(
        path,
        *(f"DELETE FROM meta WHERE key = '{key}'" for key in format_1.CLOSING_KEYS),
        close=False,
    )
    call = program("report", str(path))
    assert call.status == 0
    assert "it was not finished" in call.out
    assert re.search(r"\| state \| unfinished \|", call.out)
    told = re.search(r"```sh\n(.*)\n```", call.out)
    assert told is not None
    assert "--until" in told[1]
    assert "with the same digest" not in call.out


# -- recordings nobody can trust ------------------------------------------------------------------


def change(path: Path, *statements: str, close: bool = True) -> None:
    """Change a recording; with `close` it says its size again."""
    file = sqlite3.connect(path)
    with file:
        for statement in statements:
            file.execute(statement, {"text": HOSTILE} if ":text" in statement else {})
    if close:
        for _ in range(2):
            size = f"{path.stat().st_size:020}"
            with file:
                file.execute("UPDATE meta SET value = ? WHERE key = 'size_bytes'", (size,))
    file.close()


def harmless(found: Document) -> None:
    page = "".join(html(found))
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    written = "".join(markdown(found))
    assert "\x1b" not in written
    reader = MarkdownIt("commonmark").enable("table")
    for token in reader.parse(written):
        for inner in (token, *(token.children or ())):
            assert inner.type not in ("link_open", "image", "html_block", "code_inline")
            assert inner.type != "html_inline" or inner.content == "<br>"


def test_markup_in_every_table_of_a_recording_stays_text(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "hostile.otrec"
    shutil.copyfile(recording, path)
    change(
        path,
        "UPDATE narration SET text = :text, component = :text, level = :text",
        "UPDATE narration SET about = :text WHERE n % 2",
        "UPDATE actions SET id = :text, result = :text, by = :text",
        "UPDATE milestones SET id = :text, kind = :text",
        "UPDATE dns_changes SET name = :text, before = :text, after = :text, actor = :text",
        "INSERT INTO failovers VALUES (99, 2000000000, :text, :text, :text)",
        "INSERT INTO markers VALUES (99, -5, :text)",
        "INSERT INTO markers VALUES (100, 9000000000000000000, :text)",
        "UPDATE histograms SET operation = :text",
        "UPDATE metric_names SET name = :text || position WHERE position > 3",
        "UPDATE meta SET value = :text WHERE key IN ('command', 'title', 'scenario_name')",
    )
    data = recorded_data(path)
    assert any(HOSTILE[:20] in line.text for line in data.narration)
    assert "script" not in data.command
    found = document(data)
    harmless(found)
    assert "&lt;script&gt;" in "".join(html(found))


def test_a_scenario_called_by_markup_stays_text(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "hostile.otrec"
    shutil.copyfile(recording, path)
    quoted = json.dumps(HOSTILE)[1:-1].replace("'", "''")
    change(
        path,
        f"UPDATE scenario SET text = replace(text, 'dns-only', '{quoted}')",
    )
    found = document(recorded_data(path))
    assert "<script>" in found.subtitle
    harmless(found)


def test_markup_in_a_frame_stays_text(data: ReportData) -> None:
    assert data.view is not None
    lie = ServiceView(HOSTILE, HOSTILE, 1e308, None, HOSTILE)
    latency = LatencyView(HOSTILE, 1, 1, *((1e300,) * 10), curve_ms=())
    view = replace(
        data.view,
        services=(lie,),
        checkers=(CheckerView(HOSTILE, False, -(10**18)), CheckerView(HOSTILE, False, None)),
        latency=(latency,),
        impact=replace(data.view.impact, by_service=((HOSTILE, 10**30),)),
    )
    assert data.run.impact is not None
    impact = attrs.evolve(data.run.impact, by_service={HOSTILE: 1e300})
    run = attrs.evolve(data.run, impact=impact)
    harmless(document(attrs.evolve(data, view=view, run=run)))


def test_a_timeline_of_millions_is_cut(data: ReportData) -> None:
    lines = tuple(
        NarrationLine(n, n * 60_000_000_000, f"part-{n}", "info", "again", "")
        for n in range(1, 2 * MOMENTS_MAX)
    )
    found = lanes(attrs.evolve(data, narration=lines))
    assert len(found.moments) == MOMENTS_MAX
    assert "are left out" in found.caption
