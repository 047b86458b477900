"""`outage-tui drill report`: what a team talks about, from its recording and nothing else."""

import itertools
import re
import shlex
from pathlib import Path

import attrs
import msgspec
import pytest

from outage_agents.drills.drill import Measure
from outage_agents.drills.journal import (
    COMMANDS,
    Command,
    Decide,
    Declare,
    EditInject,
    Entry,
    Hypothesis,
    Mark,
    PutOffInject,
    Rank,
    SkipInject,
    Staff,
    Wait,
    command_of,
    kind_of,
)
from outage_agents.drills.prices import Price
from outage_agents.drills.score import Ghost
from outage_engine.clock import MINUTE
from outage_engine.recording.reader import Recording
from outage_tui.cli import commands
from outage_tui.drill_report import drill_document
from outage_tui.mishap import exit_status
from outage_tui.report_data import read_data
from outage_tui.report_document import (
    Bullets,
    Chart,
    Document,
    Lanes,
    Paragraph,
    Section,
    Strips,
    Table,
)
from outage_tui.report_document import Command as CommandLine
from outage_tui.report_drill_data import DrillData, drill_data
from outage_tui.report_drill_practice import playing
from outage_tui.report_drill_story import sooner
from outage_tui.report_drill_words import act_words
from outage_tui.report_html import html
from outage_tui.report_markdown import markdown
from tests.tui.any_play import Said, data_of, play_short, with_journal

ORDER = (
    "what-happened",
    "wait",
    "objectives",
    "timeline",
    "plots",
    "decisions",
    "calibration",
    "communications",
    "hypotheses",
    "probes",
    "rankings",
    "marks",
    "hints",
    "injects",
    "guesses",
    "conduct",
    "plan",
    "again",
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return play_short("good", tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def data(recording: Path) -> DrillData:
    return data_of(recording)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> DrillData:
    """A play in which nobody does anything."""
    return data_of(play_short("nothing", tmp_path_factory.mktemp("nothing")))


def section_of(found: Document, name: str) -> Section:
    return next(section for section in found.sections if section.id == f"drill-{name}")


def words_of(section: Section) -> str:
    """All text of a section."""
    told: list[str] = []
    for block in section.blocks:
        match block:
            case Paragraph(text=text):
                told.append(text)
            case Bullets(items=items):
                told += items
            case Table(caption=caption, rows=rows):
                told += [caption, *itertools.chain(*rows)]
    return "\n".join(told)


def table_of(found: Document, name: str) -> Table:
    return next(block for block in section_of(found, name).blocks if isinstance(block, Table))


def report_of(data: DrillData, *more: Said, readers: str = "facilitator") -> Document:
    return drill_document(with_journal(data, *more), readers)


# -- what it says ---------------------------------------------------------------------------------


def test_everything_is_told_in_the_order_in_which_it_is_talked_about(data: DrillData) -> None:
    extra = (
        (1, "observer", Rank(["zone.look"], "cheap")),
        (2, "evaluator", Mark("declared", "P", "at once")),
    )
    ids = [section.id for section in report_of(data, *extra).sections]
    drill = [name.removeprefix("drill-") for name in ids if name.startswith("drill-")]
    assert tuple(drill) == ORDER
    assert ids[: len(drill)] == [f"drill-{name}" for name in drill], "the drill before the run"
    assert {"what-happened", "milestones", "causes", "parameters"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_the_story_uses_the_names_of_the_drill_and_then_tells_the_real_ones(
    data: DrillData,
) -> None:
    section = section_of(drill_document(data), "what-happened")
    told = words_of(section)
    assert "You are called at night. ledger is said to be slow." in told
    assert "zone.look at " in told
    assert "dns.inspect at" not in told
    assert ("ledger", "dynamodb") in table_of(drill_document(data), "what-happened").rows
    assert "not about who is to blame" in told
    assert "reconstruction from a public account" in told


def test_what_did_not_happen_is_said_as_well(idle: DrillData) -> None:
    told = words_of(section_of(drill_document(idle), "what-happened"))
    assert "No incident was declared." in told
    assert "Customers were told nothing." in told
    assert "No action was begun." in told
    assert "in which nobody said anything" in told
    assert "The team wrote down no hypothesis." in words_of(
        section_of(drill_document(idle), "hypotheses")
    )


def test_an_objective_is_told_with_the_entry_that_shows_it(data: DrillData) -> None:
    rows = {row[0]: row[1:] for row in table_of(drill_document(data), "objectives").rows}
    declared = data.first("declare")
    assert declared is not None
    panel, rating, evidence = rows["An incident is declared within ten minutes of the page"]
    assert panel == "conduct"
    assert re.fullmatch(r"Met after \d+ min, asked within 20m", rating)
    assert f"#{declared.n}, {data.clock(declared.t_ns)}" in evidence
    assert rows["No deploy is rolled back"][1] == "Met: never happened"
    assert "dns.answers was" in rows["The name answers again"][2]


def test_an_objective_that_came_late_is_not_called_missed(idle: DrillData) -> None:
    found = report_of(idle, (30, "solo", Declare()))
    rows = {row[0]: row[2] for row in table_of(found, "objectives").rows}
    late = rows["An incident is declared within ten minutes of the page"]
    assert late == "Late: after 30 min, asked within 20m"
    assert rows["The name answers again"] == "Missed"
    broken = with_journal(idle, (31, "all", "began", "app.rollback_deploy"))
    rows = {row[0]: row[2] for row in table_of(drill_document(broken), "objectives").rows}
    assert rows["No deploy is rolled back"].startswith("Missed after 3")


def test_the_wait_that_cost_most_is_told_with_its_price(data: DrillData) -> None:
    prices = data.score.prices
    rows = table_of(drill_document(data), "wait").rows
    assert len(rows) == len(prices)
    assert [row[0] for row in rows][::3] == ["zone.look", "nothing; the end"]
    assert [row[3] for row in rows] == [data.clock(price.t_ns) for price in prices]


def test_what_a_shorter_wait_would_have_brought_can_be_run(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything the team began comes sooner by as much as the first could have."""
    late = Price(0, "dns.inspect", 0, 5.0)
    data = data_of(recording)
    began = data.first("began")
    assert began is not None
    since_ns = began.t_ns - 20 * MINUTE
    late = attrs.evolve(late, t_ns=began.t_ns, since_ns=since_ns)
    command = sooner(late, data)
    assert command is not None
    words = shlex.split(command)
    assert words[:3] == ["outage-tui", "fork", recording.name]
    told = [words[n + 1] for n, word in enumerate(words) if word == "--act"]
    begun = data.run.scenario.script
    assert len(told) == len(begun) == len([e for e in data.journal if e.kind == "began"])
    monkeypatch.chdir(recording.parent)
    out = tmp_path / "sooner.otrec"
    assert exit_status(commands, [*words[1:-1], "--record", str(out)]) == 0
    with Recording(out) as file:
        starts = [entry.start_ns for entry in read_data(file).scenario.script]
    assert starts == [entry.start_ns - 19 * MINUTE for entry in begun]
    assert sooner(attrs.evolve(late, since_ns=began.t_ns - MINUTE), data) is None


def test_waits_of_that_night_stand_beside_those_of_the_play(data: DrillData) -> None:
    gaps = data.score.outcome.gaps
    assert gaps
    section = section_of(drill_document(data), "wait")
    table = [block for block in section.blocks if isinstance(block, Table)][1]
    assert [row[3] for row in table.rows] == [f"{gap.history_min} min" for gap in gaps]


def test_a_decision_stands_beside_what_came(data: DrillData) -> None:
    extra = (
        (20, "solo", Decide("look again", "we are unsure", "empty > 99", 5, 0.9)),
        (21, "solo", Decide("hope", "", "it gets better", 5, 0.5)),
        (22, "solo", Wait(10, "empty < 5")),
    )
    rows = {row[1]: row for row in table_of(report_of(data, *extra), "decisions").rows}
    held = rows["decision: stop and restore"]
    assert held[3] == "empty < 50; by 5 min, 80 % sure"
    assert held[4].startswith("Expectation did not come true. ledger resolvers without an answer")
    free = rows["decision: hope"]
    assert "Expectation" not in free[4]
    assert rows["wait 10 min, until empty < 5"][4].startswith("ledger resolvers")
    assert any(name.startswith("action: solo begins") for name in rows)


def test_confidence_is_told_in_bands(data: DrillData) -> None:
    rows = table_of(drill_document(data), "calibration").rows
    assert rows == (("80 to 100 %", "1", "0"),)
    sure = report_of(data, (3, "solo", Decide("x", "", "empty > 50", 5, 1.0)))
    assert table_of(sure, "calibration").rows == (("80 to 100 %", "2", "1"),)


def test_the_three_lanes_hold_what_belongs_to_them(data: DrillData) -> None:
    section = section_of(drill_document(data), "timeline")
    (lanes,) = [block for block in section.blocks if isinstance(block, Lanes)]
    assert lanes.titles == ("What was true", "What the team could see", "What it did and said")
    true, seen, done = (
        " | ".join(entry.text for moment in lanes.moments for entry in moment.cells[place])
        for place in range(3)
    )
    assert "Milestone: DNS record empty" in true
    assert "ledger resolvers without an answer: 100 % (was 0 %)" in true
    assert "ledger cannot be found (40 pages)" in seen
    assert "Kim: I am quite sure: a deploy did it" in seen
    assert "the panel shows nothing new" in seen
    assert "solo: declares an incident" in done
    assert "solo: decides: stop and restore" in done
    assert "we know" in done
    assert "begins zone.look" not in done, "what was ordered and begun is told once"
    assert "solo: begins dns.restore_from_rollback" in done, "this one waited for approval"
    assert "Milestone" not in seen


def test_what_a_panel_shows_comes_later_than_what_is_true(data: DrillData) -> None:
    section = section_of(drill_document(data), "timeline")
    (lanes,) = [block for block in section.blocks if isinstance(block, Lanes)]

    def first(place: int, text: str) -> int:
        return min(
            entry.t_ns
            for moment in lanes.moments
            for entry in moment.cells[place]
            if entry.text.startswith(text)
        )

    text = "ledger resolvers without an answer: 100 %"
    assert first(1, text) > first(0, text)


def test_the_picture_has_the_lanes_with_pages_acts_and_dark_panels(data: DrillData) -> None:
    section = section_of(drill_document(data), "timeline")
    (picture,) = [block for block in section.blocks if isinstance(block, Strips)]
    true, seen, done = picture.strips
    assert true.curve is not None
    assert seen.curve is not None
    assert {span.kind for span in seen.spans} == {"stale"}
    assert {sign.letter for sign in seen.signs} == {"A"}
    assert {sign.letter for sign in done.signs} == {"D", "U", "H", "!", "C"}
    assert [span.text for span in done.spans][:1] == ["zone.look"]
    for strip in picture.strips:
        for span in strip.spans:
            assert picture.start_min <= span.start_min <= span.end_min <= picture.end_min


def test_ghosts_are_lines_and_missing_ones_are_said(data: DrillData) -> None:
    ghosts = (Ghost("do nothing", 5e6), Ghost("as in history", None), Ghost("best known", 1e5))
    outcome = attrs.evolve(data.score.outcome, ghosts=ghosts)
    found = drill_document(attrs.evolve(data, score=attrs.evolve(data.score, outcome=outcome)))
    section = section_of(found, "plots")
    charts = {block.id: block for block in section.blocks if isinstance(block, Chart)}
    if "drill-losses" in charts:
        levels = charts["drill-losses"].levels
        assert [level.value for level in levels] == [5e6, 1e5]
        assert charts["drill-losses"].top >= 5e6
    assert "not drawn: as in history." in words_of(section)
    rows = {row[0]: row[1] for row in table_of(found, "plots").rows}
    assert rows["do nothing"] == "5.0 M"
    assert rows["as in history"] == "not run"


def test_what_a_drill_measures_is_drawn_added_up(data: DrillData) -> None:
    measure = Measure("dns.customers_empty_share", "look-ups without an answer", "look-up-minutes")
    drill = attrs.evolve(data.drill, measure=measure)
    found = drill_data(data.run, attrs.evolve(data.play, drill=drill))
    chart = next(
        block
        for block in section_of(drill_document(found), "plots").blocks
        if isinstance(block, Chart) and block.id == "drill-measured"
    )
    (curve,) = chart.curves
    assert found.score.outcome.measured is not None
    assert curve.values[-1] == pytest.approx(found.score.outcome.measured, rel=0.01)
    assert list(curve.values) == sorted(curve.values)


def test_hypotheses_are_told_with_what_was_right(data: DrillData) -> None:
    extra = (
        (7, "solo", Hypothesis("a deploy did it")),
        (9, "solo", Hypothesis("a deploy did it", "refuted")),
        (10, "solo", Hypothesis("gremlins")),
    )
    rows = {row[0]: row for row in table_of(report_of(data, *extra), "hypotheses").rows}
    assert rows["the record is empty"][2] == "right"
    assert rows["gremlins"][2] == "not judged"
    assert rows["a deploy did it"][2] == "wrong"
    assert re.match(r"open at .*; refuted at ", rows["a deploy did it"][1])


def test_wrong_guesses_are_called_wrong(data: DrillData) -> None:
    rows = {row[1]: row for row in table_of(drill_document(data), "guesses").rows}
    wrong = rows["Kim: I am quite sure: a deploy did it"]
    assert (wrong[2], wrong[3]) == ("wrong", "did not take it up")


def test_a_question_stands_beside_the_truth(data: DrillData) -> None:
    ((_, question, answer, true, verdict),) = table_of(drill_document(data), "probes").rows
    assert question.startswith("What share of resolvers")
    assert answer.startswith("90 #")
    assert 70 <= float(true) <= 110
    assert verdict == "right (within 20 is right)"


def test_an_observers_order_stands_beside_what_was_chosen(idle: DrillData) -> None:
    extra: list[Said] = [
        (5, "observer", Rank(["app.rollback_deploy", "zone.look"], "fast first")),
        (6, "all", "began", "dns.inspect"),
        (7, "observer", Rank(["zone.look", "wait"])),
    ]
    first, second = table_of(drill_document(with_journal(idle, *extra)), "rankings").rows
    assert first[1] == "1. app.rollback_deploy, 2. zone.look"
    assert first[3].startswith("zone.look, ")
    assert first[4] == "2"
    assert (second[3], second[4]) == ("nothing", "2")


def test_only_the_facilitators_copy_has_evaluators_marks(data: DrillData) -> None:
    marks = (
        (5, "evaluator", Mark("declared", "S", "quietly done")),
        (6, "facilitator", Mark("kim", "", "was talked over")),
    )
    ours = "".join(markdown(report_of(data, *marks)))
    assert "quietly done" in ours
    assert "was talked over" in ours
    assert "performed with some challenges" in ours
    theirs = report_of(data, *marks, readers="players")
    for written in (html, markdown):
        text = "".join(written(theirs))
        assert "quietly done" not in text
        assert "was talked over" not in text
        assert "evaluators" not in text.lower().replace("for players", "")


def test_events_tell_the_response_that_was_expected_beside_what_followed(
    data: DrillData,
) -> None:
    first, second = table_of(drill_document(data), "injects").rows
    assert first[5] == "declare an incident"
    assert "solo: decides: stop and restore" in first[6]
    assert "solo: declares" not in first[6], "it came before"
    assert second[1].startswith("when action:zone.look begun")
    touched = report_of(
        data,
        (1, "facilitator", PutOffInject(1, 3)),
        (1, "facilitator", EditInject(1, "other words")),
        (2, "facilitator", SkipInject(2)),
    )
    came = table_of(touched, "injects").rows[0][2]
    assert "put off by 3 min; rewritten: other words" in came


def test_the_plan_follows_from_what_was_missed(data: DrillData, idle: DrillData) -> None:
    plan = table_of(drill_document(idle), "plan")
    assert plan.head == ("no.", "finding", "proposed action", "owner", "due", "re-test")
    found = [row[1] for row in plan.rows]
    assert any(text.startswith("Objective not met: The name answers again") for text in found)
    assert all(row[2] and not row[3] and not row[4] for row in plan.rows)
    assert not any(
        "Objective not met" in row[1] for row in table_of(drill_document(data), "plan").rows
    )


def test_the_re_test_is_the_same_drill_with_other_luck(data: DrillData) -> None:
    again = shlex.split(table_of(drill_document(data), "plan").rows[0][5])
    assert again == ["outage-tui", "drill", "short.drill.toml", "--seed", "2"]
    for drill_id, name in (("trap", "trap"), ("wheel-7-2", "wheel:7:2")):
        drill = attrs.evolve(data.drill, id=drill_id)
        known = attrs.evolve(data, play=attrs.evolve(data.play, drill=drill))
        again = shlex.split(table_of(drill_document(known), "plan").rows[0][5])
        assert again == ["outage-tui", "drill", name, "--seed", "2"]


def hosted_again(data: DrillData, started: str) -> list[str]:
    """How a drill that was started so is played with the same luck, by its report."""
    staffed = with_journal(data, (0, "facilitator", Staff(["commander", "scribe"])))
    found = drill_document(attrs.evolve(staffed, started=started))
    command = next(one for one in section_of(found, "again").blocks if isinstance(one, CommandLine))
    again = shlex.split(table_of(found, "plan").rows[0][5])
    words = shlex.split(command.text)
    assert [one if one != "2" else "1" for one in again] == words, "the re-test is hosted as well"
    return words


def test_a_drill_that_was_hosted_is_hosted_again(data: DrillData) -> None:
    host = ["outage-tui", "drill", "host", "short.drill.toml", "--seed", "1"]
    assert hosted_again(data, "outage-tui drill host short") == host
    assert hosted_again(data, "outage-tui drill host short --blind") == [*host, "--blind"]
    told = "outage-tui drill host short --seed 4 --seat commander"
    assert hosted_again(data, told) == [*host, "--seat", "commander"]


@pytest.mark.parametrize(
    "started", ["", "'", "rm -rf .", "outage-tui drill host x --seat 'a; rm b'", "x --seat"]
)
def test_a_recording_puts_no_words_of_its_own_into_a_command(data: DrillData, started: str) -> None:
    host = ["outage-tui", "drill", "host", "short.drill.toml", "--seed", "1"]
    assert hosted_again(data, started) == host


def test_a_drill_in_which_time_stood_is_played_so_again(data: DrillData) -> None:
    slow = attrs.evolve(data, started="outage-tui drill short --verb-cost")
    assert playing(slow, 3).endswith("short.drill.toml --seed 3 --verb-cost")
    assert playing(data, 3).endswith("short.drill.toml --seed 3")


def test_branches_that_were_left_are_named(data: DrillData) -> None:
    told = words_of(section_of(drill_document(data, branches=("a.otrec", "b.otrec")), "again"))
    assert "Left behind by going back: a.otrec, b.otrec." in told
    assert "Nobody went back" in words_of(section_of(drill_document(data), "again"))


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_every_command_has_words(kind: type[Command], data: DrillData) -> None:
    samples = {str: "words", int: 1, float: 1.0}
    fields: dict[str, object] = {"do": kind.__struct_config__.tag}
    for field in msgspec.structs.fields(kind):
        if field.required:
            fields[field.name] = samples.get(field.type, ["words"])
    command = command_of(fields)
    entry = Entry(1, data.begin_ns, "solo", kind_of(command), "", "", command)
    assert re.fullmatch(r"solo: \S.*", act_words(entry, data))


def test_ghosts_of_what_is_measured_are_lines_with_their_spread(data: DrillData) -> None:
    measure = Measure("dns.customers_empty_share", "look-ups without an answer", "look-up-minutes")
    play = attrs.evolve(data.play, drill=attrs.evolve(data.drill, measure=measure))
    ghost = Ghost("do nothing", 1e6, measured=50.0, measured_low=40.0, measured_high=60.0)
    found = drill_data(data.run, play, (ghost,))
    section = section_of(drill_document(found), "plots")
    chart = next(block for block in section.blocks if isinstance(block, Chart))
    assert chart.id == "drill-measured"
    (level,) = chart.levels
    assert (level.value, level.low, level.high) == (50.0, 40.0, 60.0)
    assert chart.top >= 60.0
    assert level.name in chart.text
    rows = {row[0]: row for row in table_of(drill_document(found), "plots").rows}
    assert "50" in rows["do nothing"]
