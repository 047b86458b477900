"""Playing alone: what the host is told, the chooser, and what is left on the terminal."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.pilot import Pilot

from outage_agents.drills.drill_file import load_drill, shipped_drills
from outage_tui import drill_play
from outage_tui.cli import commands
from outage_tui.dashboard.drill_chooser import LEVELS, DrillChooser, drill_choices
from outage_tui.dashboard.seat_picture import draw
from outage_tui.drill_link import Ended
from outage_tui.drill_play import SoloChoices, choose_and_play, order_of, play_solo, tell_end
from outage_tui.mishap import BadUsage, exit_status

SHORT = str(Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml")
DRILLS = [load_drill(name) for name in shipped_drills()]


def test_an_order_says_what_to_play_and_how_it_is_played_again(tmp_path: Path) -> None:
    record = tmp_path / "mine.otrec"
    drill, order = order_of(SoloChoices(SHORT, seed="7", record=record, verb_cost=True))
    assert drill.id == "short"
    assert order.text == Path(SHORT).read_text("utf-8")
    assert order.seed == 7
    assert order.record == str(record)
    assert order.verb_cost
    assert order.seat == "solo"
    assert order.command == f"outage-tui drill {SHORT} --seed 7 --verb-cost"
    assert not record.exists()


def test_without_a_word_it_is_recorded_and_not_when_that_is_not_wanted(tmp_path: Path) -> None:
    _, order = order_of(SoloChoices(SHORT))
    assert order.record is not None
    assert Path(order.record).parent == tmp_path / "recordings"
    assert order_of(SoloChoices(SHORT, no_record=True))[1].record is None


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        (SoloChoices("no-such-drill"), "no-such-drill"),
        (SoloChoices(SHORT, seed="-1"), "--seed -1"),
        (SoloChoices(SHORT, record=Path("x"), no_record=True), "exclude each other"),
        (SoloChoices(SHORT, record=Path("/none/x.otrec")), "does not exist"),
    ],
)
def test_what_cannot_be_played_is_told_before_anything_starts(
    choices: SoloChoices, problem: str
) -> None:
    with pytest.raises(BadUsage, match=problem):
        order_of(choices)


def test_without_a_terminal_nothing_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadUsage, match="no terminal"):
        play_solo(SoloChoices(SHORT))
    assert choose_and_play() == 0
    assert "trap" in capsys.readouterr().out


def test_after_the_end_score_recording_report_and_command_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "played.otrec"
    arguments = ["drill", SHORT, "--play", "good", "--headless", "--record", str(path)]
    assert exit_status(commands, arguments) == 0
    capsys.readouterr()
    drill, order = order_of(SoloChoices(SHORT, no_record=True))
    tell_end(drill, order, Ended(1, "stable", "stable", recording=str(path)))
    out, err = capsys.readouterr()
    assert "conduct: declared" in out
    assert f"recorded in {path}" in err
    assert f"drill report {path} -o {path.stem}.html" in err
    assert f"play it again: outage-tui drill {SHORT}" in err


def test_a_recording_that_is_none_costs_the_score_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.otrec"
    path.write_bytes(b"nothing")
    drill, order = order_of(SoloChoices(SHORT, no_record=True))
    tell_end(drill, order, Ended(1, "stable", "stable", recording=str(path)))
    assert "no score" in capsys.readouterr().err


def chosen(*keys: str, size: tuple[int, int] = (100, 30)) -> str | None:
    app = DrillChooser(DRILLS)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()

    asyncio.run(run())
    return app.return_value


@pytest.mark.parametrize("number", range(1, len(DRILLS) + 1))
def test_two_keys_choose_a_drill(number: int) -> None:
    assert chosen(str(number), "enter") == DRILLS[number - 1].id


def test_arrows_choose_as_well_and_escape_chooses_none() -> None:
    assert chosen("down", "enter") == DRILLS[1].id
    assert chosen("escape") is None


def test_the_chooser_shows_title_length_level_and_what_it_is_about() -> None:
    async def run() -> None:
        app = DrillChooser(DRILLS)
        async with app.run_test(size=(120, 30)) as pilot:
            await look(pilot)

    async def look(pilot: Pilot[str]) -> None:
        await pilot.pause()
        svg = pilot.app.export_screenshot().replace("&#160;", " ")
        first = DRILLS[0]
        assert first.title in svg
        assert f"level {first.level}, {first.length_min} min" in svg

    asyncio.run(run())
    rows = drill_choices(DRILLS)
    assert [row.id for row in rows] == [drill.id for drill in DRILLS]
    assert all(("", drill.summary) in row.about for row, drill in zip(rows, DRILLS, strict=True))
    assert len(LEVELS) == 6


def test_what_was_chosen_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[SoloChoices] = []
    monkeypatch.setattr(drill_play, "is_terminal", lambda: True)
    monkeypatch.setattr("outage_tui.dashboard.drill_chooser.chosen_drill", lambda *_, **__: "trap")

    def play_solo(one: SoloChoices) -> int:
        played.append(one)
        return 0

    monkeypatch.setattr(drill_play, "play_solo", play_solo)
    assert choose_and_play(ascii_only=True, theme="light") == 0
    assert played == [SoloChoices("trap", ascii_only=True, theme="light")]


def test_a_picture_of_a_seat_is_drawn_without_a_host(tmp_path: Path) -> None:
    out = tmp_path / "p.svg"
    words = ["storm", "--seat", "commander", "--size", "100x30", "--key", "3", "-o", str(out)]
    assert CliRunner().invoke(draw, words).exit_code == 0
    svg = out.read_text().replace("&#160;", " ")
    assert "UNANSWERED" in svg
    assert "url(http" not in svg
    wrong = CliRunner().invoke(draw, ["storm", "--size", "x", "-o", str(out)])
    assert wrong.exit_code == 2
