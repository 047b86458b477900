"""What a facilitator does with the course of a drill: time, going back, notes, marks, the end."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from outage_agents.drills.journal import Mark, Note, Stop
from outage_tui.dashboard.facilitator_keys import PACES
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.renderables.facilitator_journal import by_player, journal_of
from outage_tui.dashboard.renderables.facilitator_score import RATINGS
from outage_tui.dashboard.renderables.facilitator_station import ago, said
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.facilitator_confirm_screen import FacilitatorConfirmScreen
from outage_tui.dashboard.screens.form_screen import Field, FormScreen
from outage_tui.dashboard.steering import Steering
from outage_tui.drill_link import Freeze, GoBack, Say, SetPace, Thaw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.screens.form_screen import Check

REPORT_S = 120.0
"""A report that takes longer is given up."""
_PROGRAM = "from outage_tui.cli import main; main()"
ABOUT, RATING, TEXT = "about", "rating", "text"


class CourseDeeds(Steering):
    """Time, going back, notes, marks, the end."""

    _pace_asked = 0.0
    """Last asked for here, which the host may not have told yet; 0: none since automatic."""

    # Time ----------------------------------------------------------------------------------------

    def action_freeze(self) -> None:
        """Stop virtual time for everybody, or let it go on."""
        if self._refused(truth=False):
            return
        if self.station().frozen:
            self._request("goes on", Thaw)
        else:
            self._request("frozen", Freeze)

    def action_pace(self, steps: int) -> None:
        """The next pace of the list, faster or slower; 0: automatic."""
        if self._refused(truth=False):
            return
        if steps == 0:
            self._pace_asked = 0.0
            self._request("automatic pace", lambda n: SetPace(n=n))
            return
        tempo = self.station().tempo
        now = 1.0 if tempo is None else tempo.speed if tempo.auto else tempo.pace
        now = self._pace_asked or now
        faster = [one for one in PACES if one > now * 1.01]
        slower = [one for one in PACES if one < now * 0.99]
        if steps > 0:
            self.action_pace_of(faster[0] if faster else PACES[-1])
        else:
            self.action_pace_of(slower[-1] if slower else PACES[0])

    def action_pace_of(self, multiplier: float) -> None:
        """A pace by its number."""
        if not self._refused(truth=False):
            self._pace_asked = multiplier
            words = f"pace {wording.pace(multiplier)}"
            self._request(words, lambda n: SetPace(multiplier, auto=False, n=n))

    # Going back ----------------------------------------------------------------------------------

    def action_go_back(self) -> None:
        """Back to an entry of the journal that was chosen there, else to a moment that is typed."""
        if self._refused(truth=False, ended=False):
            return
        panel, entries = self.main.part("journal"), journal_of(self.station())
        if panel.has_choice and 0 <= panel.place < len(entries):
            self._confirm_back(entries[panel.place].t_ns)
            return

        def take(answer: str | None) -> None:
            if answer is None:
                return
            if not answer:
                self._choose_moment()
                return
            station = self.station()
            t_ns = moment_typed(answer, station)
            if t_ns is None:
                self._tell(f"refused: {answer} is no moment; say 02:31, +12 or -5")
            else:
                self._confirm_back(t_ns)

        question = "Go back to: 02:31, +12 (min after the beginning), -5 (min ago); empty: choose"
        self.push_screen(AskScreen(question), take)

    def _choose_moment(self) -> None:
        station = self.station()
        rows = [
            Choice(
                str(one.t_ns),
                f"{station.clock.hms(one.t_ns)} {said(one.seat)}: {said(one.kind)} "
                f"{said(one.text)}",
                ago(station.ago_s(one.t_ns)),
            )
            for one in reversed(journal_of(station))
        ]

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self._confirm_back(int(choice.id))

        self.push_screen(ChooseScreen("Go back to", rows, self._ink()), take)

    def _confirm_back(self, t_ns: int) -> None:
        station = self.station()
        begin_ns = station.welcome.begin_ns
        if not begin_ns <= t_ns <= station.now_ns:
            at = station.clock.hm(t_ns)
            first, last = (station.clock.hm(one) for one in (begin_ns, station.now_ns))
            self._tell(f"refused: {at} does not lie between {first} and {last}")
            return

        def take(agreed: bool | None) -> None:
            if agreed:
                self._request(
                    f"back to {station.clock.hms(t_ns)}", lambda n: GoBack(t_ns=t_ns, n=n)
                )

        title = f"Go back to {station.clock.hms(t_ns)}?"
        self.push_screen(
            FacilitatorConfirmScreen(title, left_behind(station, t_ns), self._ink()), take
        )

    def action_branches(self) -> None:
        """Recordings of this drill, and the commands to look at them."""
        station = self.station()
        paths = [*station.branches, *([station.recording] if station.recording else [])]
        if not paths:
            blind = "a blind host is told of recordings when it leaves"
            self._tell(blind if station.blind else "nothing is recorded yet")
            return
        rows = []
        for number, path in enumerate(paths, start=1):
            here = path == station.recording
            name = "this one" if here else f"branch {number}"
            about = [
                ("file", said(path)),
                ("report", f"outage-tui drill report {shlex.quote(path)}"),
            ]
            if not here and station.recording:
                both = f"{shlex.quote(path)} {shlex.quote(station.recording)}"
                about.append(("compare", f"outage-tui compare {both}"))
            rows.append(Choice(path, name, "goes on" if here else "left", tuple(about)))

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self.copy_to_clipboard(choice.id)
                self._tell(f"copied: {choice.id}")

        title = "Recordings of this drill; enter copies the file's name"
        self.push_screen(ChooseScreen(title, rows, self._ink()), take)

    # Words ---------------------------------------------------------------------------------------

    def action_note(self) -> None:
        """A note for the journal."""
        if self._refused(truth=False):
            return

        def take(answer: str | None) -> None:
            if answer:
                self._request("noted", lambda n: Say(n, Note(answer)))

        self.push_screen(AskScreen("Note for the journal; players do not see it"), take)

    def action_mark(self) -> None:
        """A private mark: about what, how well, and why."""
        if self._refused():
            return
        view = self.station().view
        rows = [
            Choice(one.id, said(one.title), said(one.state), also=one.panel)
            for one in (() if view is None else view.objectives)
        ]
        rows += [Choice(seat, f"seat {said(seat)}") for seat in self._source.welcome.seats]
        rows.append(Choice("", "something else"))

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self._fill_in_mark(choice)

        self.push_screen(ChooseScreen("Mark: about what", rows, self._ink()), take)

    def _fill_in_mark(self, choice: Choice) -> None:
        fields = [Field(ABOUT, choice.id), Field(RATING, ""), Field(TEXT, "")]

        def check(values: Mapping[str, str]) -> Check:
            rating = values[RATING].upper()
            if not values[ABOUT]:
                return False, ("say what it is about",)
            if rating and rating not in RATINGS:
                return False, (f"{rating} is no rating: {', '.join(RATINGS)}, or none",)
            if not rating and not values[TEXT]:
                words = "; ".join(f"{key} {word}" for key, word in RATINGS.items())
                return False, ("give a rating or a text", words)
            return True, (RATINGS.get(rating, "no rating"), "players never see it")

        def take(values: dict[str, str] | None) -> None:
            if values is not None:
                mark = Mark(values[ABOUT], values[RATING].upper(), values[TEXT])
                self._request(f"marked {mark.about}", lambda n: Say(n, mark))

        self.push_screen(FormScreen(f"Mark: {choice.name}", fields, check, self._ink()), take)

    # The end -------------------------------------------------------------------------------------

    def action_stop(self) -> None:
        """End the drill for everybody, with a why."""
        if self._refused(truth=False):
            return

        def confirm(why: str | None) -> None:
            if why is None:
                return

            def take(agreed: bool | None) -> None:
                if agreed:
                    self._request("stop", lambda n: Say(n, Stop(why)))

            told = f"Everybody is told: {said(why)}" if why else "Everybody is told that it is over"
            kept = (
                "The recording is kept; {facilitator.go_back} can still go back to before the end."
            )
            paragraphs = [told, self.station().keys.worded(kept)]
            title = "End the drill for everybody?"
            self.push_screen(FacilitatorConfirmScreen(title, paragraphs, self._ink()), take)

        self.push_screen(AskScreen("Why does it end? (told to everybody)"), confirm)

    def action_report(self) -> None:
        """Write the report of what is recorded so far."""
        station = self.station()
        ended = station.link.ended
        recording = (ended.recording if ended is not None else None) or station.recording
        if station.blind and not station.over:
            self._tell("refused: a report tells the truth; wait until it is over")
        elif recording is None:
            self._tell("refused: this drill is not recorded")
        else:
            self._tell("the report is being written")
            self.run_worker(
                lambda: self._write_report(recording), name="report", thread=True, exclusive=True
            )

    def _write_report(self, recording: str) -> None:
        words = write_report(recording)
        self.call_from_thread(self._tell, words)


def moment_typed(answer: str, station: Station) -> int | None:
    """`02:31` or `02:31:10` on the drill's clock, `+12` minutes after the beginning, `-5` minutes
    before now; None for anything else."""
    text = answer.strip()
    if found := re.fullmatch(r"([+-])(\d{1,4}(?:\.\d+)?)\s*(?:m|min)?", text):
        moved_ns = round(float(found[2]) * 60) * wording.SECOND_NS
        if found[1] == "+":
            return station.welcome.begin_ns + moved_ns
        return station.now_ns - moved_ns
    if not (found := re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text)):
        return None
    hours, minutes, seconds = (int(one or 0) for one in found.groups())
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    midnight = station.clock.at(0)
    since_s = midnight.hour * 3600 + midnight.minute * 60 + midnight.second
    wanted_s = hours * 3600 + minutes * 60 + seconds - since_s
    begin_s = station.welcome.begin_ns // wording.SECOND_NS
    while wanted_s < begin_s // 60 * 60:
        wanted_s += 86_400
    return max(wanted_s, begin_s) * wording.SECOND_NS


def left_behind(station: Station, t_ns: int) -> list[str]:
    """What going back leaves, in paragraphs."""
    entries = [one for one in journal_of(station) if one.t_ns >= t_ns]
    commands = sum(by_player(one, station) for one in entries)
    minutes = wording.duration(station.ago_s(t_ns))
    lines = [f"The last {minutes} are left behind: {commands} commands of players."]
    kept = "They stay as a recording of their own, a branch that can be reported and compared; "
    lines.append(kept + station.keys.worded("{facilitator.branches} lists them."))
    return [*lines, "Everybody goes on from there, with all that was said before it."]


def write_report(recording: str) -> str:
    """Write a recording's report beside it; what came of it, in words.

    By a process of its own: a second's work takes nothing from the screen, and whatever goes wrong
    there costs the report and not the drill.
    """
    import subprocess

    from outage_tui.output import unused

    page = unused(Path(recording).with_suffix(".html"))
    command = [sys.executable, "-c", _PROGRAM, "drill", "report", recording, "-o", str(page)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=REPORT_S
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"refused: no report: {problem}"
    if done.returncode == 0:
        return f"report: {page}"
    told = done.stderr.strip().splitlines()
    return f"refused: no report: {told[-1] if told else 'it ended without a word'}"
