"""What lies behind the latencies: earlier ones of the same run, or those of another recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.viewing import Viewing
from outage_tui.dashboard.widgets.latency_panel import LatencyPanel

if TYPE_CHECKING:
    from outage_tui.dashboard.other_run import OtherRun


class LaidBehind(Viewing):
    """Chooses it."""

    behind_at_first: Path | None = None
    """A recording that lies behind from the beginning."""
    _other_run: OtherRun | None = None

    def action_lay_behind(self) -> None:
        """The next of what the latencies can be compared with; in words, should it not be seen."""
        name = self.main.query_one(LatencyPanel).lay_next_behind()
        self._tell(f"latency, laid behind: {name or 'nothing'}")

    def action_lay_recording_behind(self) -> None:
        """Another recording, chosen among those in the folder."""
        from outage_tui.mishap import BadUsage
        from outage_tui.recordings import shelved
        from outage_tui.recordings_folder import recordings_folder

        try:
            found = shelved(recordings_folder())
        except BadUsage as error:
            self._tell(str(error))
            return
        shown = self._source.hello.recording
        rows = [
            Choice(str(one.path), one.path.name, f"seed {one.seed}", (("", one.scenario),))
            for one in found
            if one.problem is None and (shown is None or one.path.name != Path(shown).name)
        ]
        if not rows:
            self._tell(f"there is no other recording in {recordings_folder()}")
            return

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.lay_recording_behind(Path(choice.id))

        title = "Latency: lay a recording's curve behind"
        self.push_screen(ChooseScreen(title, rows, self._ink()), take)

    def lay_recording_behind(self, path: Path) -> None:
        """Have this recording's latencies lie behind; what is wrong with it is said."""
        from outage_engine.errors import RecordingError
        from outage_tui.dashboard.other_run import OtherRun
        from outage_tui.mishap import BadUsage

        try:
            other = OtherRun(path, self._source.hello.epoch_s)
        except (BadUsage, RecordingError) as error:
            self._tell(str(error))
            return
        self.let_go()
        self._other_run = other
        self.main.query_one(LatencyPanel).lay_behind(other.name, other.curves_at)
        self._tell(f"latency, laid behind: {other.name}")

    def let_go(self) -> None:
        """Nothing lies behind any more that has to be closed."""
        if self._other_run is not None:
            self._other_run.close()
            self._other_run = None
