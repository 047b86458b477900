"""Another recording's latencies behind those of the run that is shown."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from outage_agents.scenario import Scenario
from outage_engine.recording.reader import Recording
from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.other_run import OtherRun
from outage_tui.dashboard.staged import StagedSource
from outage_tui.mishap import BadUsage

GOLDEN = Path(__file__).resolve().parents[2] / "recordings" / "golden-outage-begins.otrec"


@pytest.fixture
def epoch_s() -> float:
    with Recording(GOLDEN) as recording:
        return Scenario.read(recording.meta.scenario, "golden").epoch_s


def test_both_are_taken_at_the_same_time_after_the_record_emptied(epoch_s: float) -> None:
    other = OtherRun(GOLDEN, epoch_s)
    later = OtherRun(GOLDEN, epoch_s + 600)
    t_ns = 2_000_000_000_000
    assert other.curves_at(t_ns)["dynamodb.call"].count > 0
    assert later.curves_at(t_ns + 600_000_000_000) == other.curves_at(t_ns)
    other.close()
    later.close()


def test_before_its_beginning_and_after_its_end_it_stands_still(epoch_s: float) -> None:
    other = OtherRun(GOLDEN, epoch_s)
    assert other.curves_at(10**18) == other.curves_at(10**17) != {}
    assert other.curves_at(-(10**18)) == other.curves_at(0)
    other.close()


def test_what_cannot_be_read_is_not_shown(epoch_s: float, tmp_path: Path) -> None:
    broken = tmp_path / "broken.otrec"
    broken.write_bytes(GOLDEN.read_bytes())
    with sqlite3.connect(broken) as file:
        file.execute("UPDATE frame_shelves SET body = x'00'")
    file.close()
    other = OtherRun(broken, epoch_s)
    assert other.curves_at(10**12) == {}
    other.close()


def test_a_scenario_that_is_none_is_said(epoch_s: float, tmp_path: Path) -> None:
    strange = tmp_path / "strange.otrec"
    strange.write_bytes(GOLDEN.read_bytes())
    with sqlite3.connect(strange) as file:
        file.execute("UPDATE scenario SET text = 'nothing = 1'")
    file.close()
    with pytest.raises(BadUsage, match="nothing"):
        OtherRun(strange, epoch_s)


def shown_with(keys: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The last line after these keys, with recordings in this folder."""
    monkeypatch.setenv("OUTAGE_TUI_RECORDINGS", str(folder))

    async def play() -> str:
        app = OutageApp(StagedSource("collapsed"), ticking=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            scene = app.scene()
            app.let_go()
            assert scene is not None
            return scene.notice

    return asyncio.run(play())


def test_the_key_offers_recordings_and_lays_the_chosen_one_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "before-our-change.otrec").write_bytes(GOLDEN.read_bytes())
    told = shown_with(("C", "b", "e", "f", "enter"), tmp_path, monkeypatch)
    assert told == "latency, laid behind: before-our-change.otrec"
    told = shown_with(("C", "enter", "c"), tmp_path, monkeypatch)
    assert told == "latency, laid behind: nothing"


def test_without_another_recording_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no other recording" in shown_with(("C",), tmp_path, monkeypatch)


def test_one_that_was_asked_for_lies_behind_from_the_beginning() -> None:
    async def play() -> str:
        app = OutageApp(StagedSource("collapsed"), ticking=False)
        app.behind_at_first = GOLDEN
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            scene = app.scene()
            app.let_go()
            assert scene is not None
            return scene.notice

    assert GOLDEN.name in asyncio.run(play())


def test_a_dashboard_that_fails_says_so_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    class Failing(OutageApp):
        def action_theme(self, name: str) -> None:
            raise ValueError(f"no {name}")

    async def play() -> list[str]:
        app = Failing(StagedSource("collapsed"), ticking=False)
        said: list[str] = []
        with pytest.raises(ValueError, match="no colours"):  # noqa: PT012 -- it ends the application
            async with app.run_test(size=(120, 36)) as pilot:
                app.call_next(app.action_theme, "colours")
                await pilot.pause()
                said += [str(one) for one in app._exit_renderables]
        return said

    said = asyncio.run(play()) or [capsys.readouterr().err]
    assert "ValueError: no colours (log: " in said[0]
    assert "Traceback" not in said[0]
