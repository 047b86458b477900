"""A drill's report says what the score says, shows what the team was shown, and runs nothing."""

import itertools
import re
import shutil
import sqlite3
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from outage_agents.drills.director import Director
from outage_agents.drills.drill import (
    Guess,
    Hint,
)
from outage_agents.drills.drill_file import load_drill
from outage_agents.drills.journal import (
    AllClear,
    AnswerProbe,
    Command,
    Decide,
    Hypothesis,
    Mark,
    Note,
    Override,
    Post,
    Rank,
    Task,
)
from outage_agents.drills.names import Names
from outage_agents.drills.past import Past
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.truth import Truth, TruthLog
from outage_engine.clock import MINUTE
from outage_engine.recording import format_1
from outage_tui.cli import commands
from outage_tui.drill_report import drill_document, recorded_document
from outage_tui.mishap import exit_status
from outage_tui.report_document import Table
from outage_tui.report_drill_acts import cadence, calibration, probes
from outage_tui.report_drill_claims import was_so
from outage_tui.report_drill_data import DrillData, seen_of
from outage_tui.report_drill_story import CUT_SHORT
from outage_tui.report_html import html
from outage_tui.report_markdown import markdown
from tests.tui.any_play import SHORT, data_of, play_short, with_journal
from tests.tui.test_report_writers import HOSTILE, page_of


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return play_short("good", tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def data(recording: Path) -> DrillData:
    return data_of(recording)


# -- the score and the report agree ---------------------------------------------------------------

posts = st.builds(Post, next_update_min=st.integers(0, 40))
decisions = st.builds(
    Decide,
    what=st.just("x"),
    expect=st.sampled_from(["empty < 50", "empty > 50", "said:post", "better", "errors >= 0"]),
    by_min=st.integers(0, 40),
    confidence=st.floats(0, 1),
)
answers = st.builds(AnswerProbe, probe=st.just("share"), value=st.sampled_from([0.0, 90.0, 130.0]))
clears = st.builds(AllClear)
journals = st.lists(
    st.tuples(st.integers(0, 59), st.just("solo"), posts | decisions | clears), max_size=12
)


@given(journals)
@settings(max_examples=60, deadline=None)
def test_late_updates_and_judged_decisions_are_those_of_the_score(
    data: DrillData, more: list[tuple[int, str, Post]]
) -> None:
    found = with_journal(data, *more, (59, "all", "over", "time"), alone=True)
    told = [entry for entry in found.journal if isinstance(entry.command, Post)]
    late = [cadence(one, other, found)[1] for one, other in itertools.zip_longest(told, told[1:])]
    assert sum(late[: len(told)]) == found.score.conduct.posts_late
    bands = [block for block in calibration(found).blocks if isinstance(block, Table)]
    assert sum(int(row[1]) for band in bands for row in band.rows) == found.score.awareness.judged
    text = "".join(markdown(drill_document(found)))
    assert ("It was too early" in text) == found.score.conduct.all_clear_too_early


@pytest.mark.parametrize("value", [0.0, 60.0, 90.0, 130.0])
def test_an_answer_is_right_when_the_score_says_so(data: DrillData, value: float) -> None:
    found = with_journal(
        data,
        (15, "all", "probe", "share"),
        (16, "solo", AnswerProbe("share", value)),
        alone=True,
    )
    ((*_, verdict),) = probes(found).blocks[0].rows  # type: ignore[union-attr]
    assert verdict.startswith("right") == (found.score.awareness.probes_right == 1)


# -- what could be seen ---------------------------------------------------------------------------


async def test_panels_are_those_that_the_team_saw(data: DrillData) -> None:
    """Worked out again from the recording, reading by reading."""
    drill = load_drill(str(SHORT))
    play = drill.play("good")
    assert play is not None
    stage = Stage.of(drill)
    shown = {}

    def look(stage: Stage) -> None:
        now = stage.simulation.world.now
        shown[now] = stage.director.sensors.readings(now)

    await stage.play(ScriptedPlayer(play), look)
    again = 0
    for sensor, looks in data.seen.items():
        for one in looks:
            (reading,) = [r for r in shown[one.t_ns] if r.id == sensor]
            assert (one.value, one.age_s, one.stale) == (
                reading.value,
                reading.age_s,
                reading.stale,
            )
            again += 1
    assert again > 200


async def test_a_panel_that_was_meddled_with_shows_what_the_team_saw_and_not_the_truth() -> None:
    drill = load_drill(str(SHORT))
    stage = Stage.of(drill)
    meddled = {
        2: Override("empty", "value", 3.0),
        8: Override("empty", "off"),
        20: Override("empty", "restore"),
        30: Override("empty", "hold"),
        31: Override("nowhere", "off"),
    }
    shown: dict[int, float | None] = {}

    def look(stage: Stage) -> None:
        now = stage.simulation.world.now
        shown[now] = stage.director.sensors.value("empty")

    class Facilitator:
        """Meddles, and does nothing else."""

        def next_ns(self, t_ns: int) -> int | None:
            return None

        def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
            minute, rest = divmod(t_ns - stage.begin_ns, MINUTE)
            return [("facilitator", meddled[minute])] if minute in meddled and not rest else []

    await stage.play(Facilitator(), look)
    last_ns = stage.journal[-1].t_ns
    past = Past(drill, stage.journal, stage.truth, stage.begin_ns, last_ns, last_ns)
    seen = seen_of(past)["empty"]
    for before, one in itertools.pairwise(seen):
        assert one.value in (shown[one.t_ns], shown[before.t_ns])
    assert {3.0} == {
        one.value for one in seen if 4 * MINUTE < one.t_ns - stage.begin_ns < 8 * MINUTE
    }
    assert any(one.stale for one in seen)


# -- claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "so"),
    [
        ("requests fail", True),
        ("we see elevated error rates, an outage", True),
        ("errors of DynamoDB", True),
        ("all is well again: it is resolved", False),
        ("service is fully recovered", False),
        ("it is not resolved", None),
        ("nothing fails", True),
        ("no failures", None),
        ("we look into it", None),
        ("failing services have recovered", None),
        ("empty > 50", True),
        ("empty < 50", False),
    ],
)
def test_a_claim_is_judged_only_where_its_words_say_enough(
    data: DrillData, claim: str, so: bool | None
) -> None:
    """While customers see errors."""
    names = ["customers.error_rate", "impact.services_down_share"]
    truth = data.play.truth
    now = truth.at(data.begin_ns + 10 * MINUTE)
    assert now is not None
    broken = attrs.evolve(now, places={**now.places, **dict.fromkeys(names, len(now.numbers))})
    failing = attrs.evolve(broken, numbers=(*now.numbers, 0.4))

    class Then(TruthLog):
        """The truth stands still."""

        def at(self, t_ns: int) -> Truth | None:
            return failing

    past = Past(data.drill, (), Then(), data.begin_ns, data.end_ns, data.end_ns)
    then = attrs.evolve(data, past=past)
    assert was_so(claim, now.t_ns, then) is so


# -- one page, whatever is in it ------------------------------------------------------------------


def hostile(data: DrillData, text: str) -> DrillData:
    """The same play with a text wherever somebody could have written one."""
    drill = attrs.evolve(
        data.drill,
        id=text,
        title=text,
        briefing=text,
        debrief=text,
        names=((text, text),) if text.strip() else (),
        sensors=tuple(attrs.evolve(one, title=text, unit=text) for one in data.drill.sensors),
        alerts=tuple(attrs.evolve(one, text=text) for one in data.drill.alerts),
        injects=tuple(
            attrs.evolve(one, text=text, from_=text, expected=text, fault=text)
            for one in data.drill.injects
        ),
        characters=tuple(
            attrs.evolve(one, name=text, role=text, guesses=(Guess(text, right=True),))
            for one in data.drill.characters
        ),
        objectives=tuple(attrs.evolve(one, title=text) for one in data.drill.objectives),
        hints=(Hint(text),),
    )
    play = attrs.evolve(data.play, drill=drill)
    journal = tuple(attrs.evolve(entry, text=text if entry.text else "") for entry in play.journal)
    changed = attrs.evolve(data, play=attrs.evolve(play, journal=journal), names=Names(drill.names))
    return with_journal(
        changed,
        (3, "solo", Note(text)),
        (3, "solo", Decide(text, text, text, 5, 0.5)),
        (4, "solo", Post(text, [text, text], 5)),
        (4, "solo", Hypothesis(text)),
        (5, "observer", Rank([text], text)),
        (5, "evaluator", Mark(text, text, text)),
        (6, "solo", Task(text, text)),
        (6, "all", "hint", "1"),
        (6, "all", "hint", text),
        (6, "all", "guess", "kim"),
        (6, "all", "message", "1"),
        (7, "all", "escalation", "empty"),
        (8, "all", "began", text),
        (8, "all", "result", text),
        (9, text, "nag", text),
    )


def shape_of(data: DrillData) -> list[str]:
    return [tag for tag, _ in page_of(drill_document(data, branches=("x", "y"))).tags]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_drill_becomes_markup(data: DrillData, text: str) -> None:
    found = hostile(data, text)
    document = drill_document(found, branches=(text, text))
    page = page_of(document)
    assert [tag for tag, _ in page.tags] == shape_of(hostile(data, "plain"))
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert all(name not in attributes for name in ("src", "action", "srcset", "formaction"))
        assert (attributes.get("href") or "#").startswith("#")
    written = "".join(markdown(document))
    assert not set("\x1b\x00\u202e\u2066\u200f") & set("".join(page.texts) + written)
    for token in MarkdownIt("commonmark").enable("table").parse(written):
        for inner in (token, *(token.children or ())):
            assert inner.type not in ("link_open", "image", "html_block", "code_inline")
            assert inner.type != "html_inline" or inner.content == "<br>"


@given(st.text(max_size=30))
@settings(max_examples=15, deadline=None)
def test_any_text_leaves_the_page_whole(data: DrillData, text: str) -> None:
    page_of(drill_document(hostile(data, text)))
    "".join(markdown(drill_document(hostile(data, text))))


def test_a_page_can_be_used_by_ear_and_asks_for_nothing(data: DrillData) -> None:
    document = drill_document(hostile(data, "plain"))
    page = page_of(document)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    names = [tag for tag, _ in page.tags]
    assert names.count("main") == names.count("nav") == names.count("header") == 1
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert names.count("table") == names.count("caption")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert all(name in ids for name in (attributes["aria-labelledby"] or "").split())
        if "tabindex" in attributes:
            assert attributes["tabindex"] == "0"
            assert attributes["aria-label"]
    text = "".join(html(document))
    assert not re.search(r"https?:|@import|url\(|<script|<link|<iframe|<img", text)


def test_both_files_say_the_same(data: DrillData) -> None:
    """Every cell of every table, and every item of every list."""
    document = drill_document(data)
    page = " ".join("".join(page_of(document).texts).split())
    reader = MarkdownIt("commonmark").enable("table")
    told = 0
    for token in reader.parse("".join(markdown(document))):
        if token.type == "inline":
            children = token.children or ()
            text = "".join("\n" if c.type == "html_inline" else c.content for c in children)
            for line in text.split("\n"):
                assert " ".join(re.sub(r"^!!? ", "", line).split()) in page
                told += 1
    assert told > 400


# -- the command ----------------------------------------------------------------------------------


def test_a_report_is_written_from_either_command(
    recording: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "a.html", tmp_path / "b.html"
    assert exit_status(commands, ["drill", "report", str(recording), "-o", str(one)]) == 0
    assert exit_status(commands, ["report", str(recording), "-o", str(other)]) == 0
    assert one.read_text() == other.read_text()
    assert exit_status(commands, ["drill", "report", str(recording), "-o", str(one)]) == 2
    assert "exists already" in capfd.readouterr().err
    told = "drill", "report", str(recording), "--for", "players"
    assert exit_status(commands, list(told)) == 0
    assert "for players" in capfd.readouterr().out


def test_a_run_without_a_drill_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.otrec"
    words = ["run", "dns-only", "--until", "23:05", "--headless", "--record", str(path)]
    assert exit_status(commands, words) == 0
    assert exit_status(commands, ["drill", "report", str(path)]) == 2
    assert "no drill was played on this run" in capfd.readouterr().err


def test_a_drill_that_cannot_be_read_is_told(
    recording: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.otrec"
    shutil.copyfile(recording, path)
    change(path, "UPDATE meta SET value = 'nonsense = [' WHERE key = 'drill'")
    assert exit_status(commands, ["drill", "report", str(path)]) == 2
    assert "drill:1" in capfd.readouterr().err


@pytest.mark.parametrize("until", [20, 0])
def test_a_recording_cut_short_has_a_report_that_says_so(
    recording: Path, data: DrillData, tmp_path: Path, until: int
) -> None:
    """As a host leaves it that was killed after so many minutes."""
    path = tmp_path / "cut.otrec"
    shutil.copyfile(recording, path)
    last_ns = data.begin_ns + until * MINUTE
    cut = [
        f"DELETE FROM {table} WHERE t_ns > {last_ns}"
        for table in ("journal", "metric_samples", "narration", "milestones", "actions", "frames")
    ]
    closing = [f"DELETE FROM meta WHERE key = '{key}'" for key in format_1.CLOSING_KEYS]
    change(path, *cut, *closing)
    document = recorded_document(path)
    text = "".join(html(document))
    assert CUT_SHORT.split(":")[0] in text
    assert "Not the whole drill." in document.subtitle
    assert "the recording is unfinished" in text
    assert "Missed" not in text
    assert "Objective not met" not in text
    assert "Open" in text


def test_a_branch_names_the_recordings_that_were_left_before_it(
    recording: Path, tmp_path: Path
) -> None:
    """As far as they lie beside it: a recording is not trusted to name files elsewhere."""
    first, second, third = (tmp_path / f"{name}.otrec" for name in ("first", "second", "third"))
    for path, parent in ((second, "first.otrec"), (third, "second.otrec")):
        shutil.copyfile(recording, path)
        change(path, f"INSERT INTO meta VALUES ('parent', '{parent}')")
    shutil.copyfile(recording, first)
    told = "".join(markdown(recorded_document(third)))
    assert "Left behind by going back: second.otrec, first.otrec." in told
    second.unlink()
    told = "".join(markdown(recorded_document(third)))
    assert "Left behind by going back: second.otrec." in told
    change(first, "INSERT INTO meta VALUES ('parent', '../first.otrec')")
    assert "../first.otrec" in "".join(html(recorded_document(first)))


def change(path: Path, *statements: str) -> None:
    file = sqlite3.connect(path)
    with file:
        for statement in statements:
            file.execute(statement)
    for _ in range(2):
        size = f"{path.stat().st_size:020}"
        with file:
            file.execute("UPDATE meta SET value = ? WHERE key = 'size_bytes'", (size,))
    file.close()
