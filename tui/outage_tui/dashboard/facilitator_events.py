"""What a facilitator does with the events of the list, with sensors and with faults."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import (
    Break,
    EditInject,
    FireInject,
    Mend,
    Override,
    PutOffInject,
    SkipInject,
)
from outage_agents.fault_catalogue import find_fault
from outage_tui.dashboard.renderables.breakage import (
    fault_choices,
    said_match,
    struck_words,
    target_at_first,
)
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.renderables.facilitator_events import due_words, whom
from outage_tui.dashboard.renderables.facilitator_station import figure, said
from outage_tui.dashboard.renderables.facilitator_truth import gap_words, sensors_of
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.facilitator_confirm_screen import FacilitatorConfirmScreen
from outage_tui.dashboard.screens.form_screen import Field, FormScreen
from outage_tui.dashboard.steering import Steering
from outage_tui.drill_link import Say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from outage_agents.drills.journal import Command
    from outage_agents.drills.seat_view import InjectView, TruthView
    from outage_agents.fault_catalogue import FaultKind
    from outage_tui.dashboard.screens.form_screen import Check

TARGET, DURATION = "target", "minutes"
DURATION_MIN = "10"
"""A fault lasts so long unless something else is typed (*assumed*)."""
PUT_OFF_MIN = "5"
OVERRIDES: Final = (
    Choice("off", "off: no readings come any more", about=(("", "The last one grows old."),)),
    Choice(
        "hold",
        "hold: the last reading again and again",
        about=(("", "It looks fresh, and is not: the most treacherous of faults."),),
    ),
    Choice("value", "say a value: what you type", about=(("", "It looks fresh."),)),
    Choice("restore", "restore: the sensor works again"),
)


class EventDeeds(Steering):
    """Events, sensors, faults."""

    _undo: tuple[str, Command] | None = None
    """What would take the last override back, and what that is called."""
    _broken: str = ""
    """Kind and target of the last fault that was ordered; empty: none to undo."""

    def _say_command(self, words: str, command: Command) -> None:
        self._request(words, lambda n: Say(n, command))

    # Events --------------------------------------------------------------------------------------

    def _event_ahead(self) -> InjectView | None:
        """The chosen event, when something can still be done about it; else says why not."""
        if self._refused():
            return None
        view, place = self.station().view, self.main.part("events").place
        injects = () if view is None else view.injects
        if not 0 <= place < len(injects):
            self._tell("this drill has no list of events")
            return None
        inject = injects[place]
        if inject.state != "ahead":
            self._tell(f"event {inject.n} is {said(inject.state)}; choose another in panel 2")
            return None
        return inject

    def action_fire(self) -> None:
        """Have the chosen event come now."""
        inject = self._event_ahead()
        if inject is not None:
            words = "It comes at the next moment that runs. That cannot be taken back."
            self._confirm_event("Fire", inject, words, FireInject(inject.n))

    def action_skip(self) -> None:
        """Leave the chosen event out."""
        inject = self._event_ahead()
        if inject is not None:
            words = "It will not come at all. That cannot be taken back."
            self._confirm_event("Skip", inject, words, SkipInject(inject.n))

    def _confirm_event(self, deed: str, inject: InjectView, words: str, command: Command) -> None:
        def take(agreed: bool | None) -> None:
            if agreed:
                self._say_command(f"{deed.lower()} {inject.n}", command)

        paragraphs = [f"{whom(inject, self.station())}: {said(inject.text)}"]
        paragraphs += [f"Expected: {said(inject.expected)}"] if inject.expected else []
        paragraphs += [f"Breaks: {said(inject.breaks)}"] if inject.breaks else []
        title = f"{deed} event {inject.n} ({due_words(inject, self.station())})?"
        self.push_screen(FacilitatorConfirmScreen(title, [*paragraphs, words], self._ink()), take)

    def action_edit(self) -> None:
        """Give the chosen event another text."""
        inject = self._event_ahead()
        if inject is None:
            return
        n = inject.n

        def take(answer: str | None) -> None:
            if answer and answer != inject.text:
                self._say_command(f"text of {n}", EditInject(n, answer))

        self.push_screen(AskScreen(f"Text of event {n}", said(inject.text)), take)

    def action_put_off(self) -> None:
        """Let the chosen event come later."""
        inject = self._event_ahead()
        if inject is None:
            return
        n = inject.n

        def take(answer: str | None) -> None:
            minutes = _number(answer)
            if minutes is not None and 0 < minutes <= 600:
                words = f"{n} comes {minutes:g} min later"
                self._say_command(words, PutOffInject(n, minutes))
            elif answer is not None:
                self._tell(f"refused: {answer} is no number of minutes above 0, at most 600")

        self.push_screen(AskScreen(f"Event {n}: how many minutes later", PUT_OFF_MIN), take)

    # Sensors -------------------------------------------------------------------------------------

    def action_override(self) -> None:
        """Meddle with the chosen sensor, or with one of a list."""
        if self._refused():
            return
        rows = [row for row in sensors_of(self.station()) if row.sensor]
        panel = self.main.part("truth")
        if panel.has_choice and 0 <= panel.place < len(rows):
            self._choose_override(rows[panel.place])
            return
        by_id = {row.sensor: row for row in rows}

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self._choose_override(by_id[choice.id])

        choices = [self._sensor_choice(row) for row in rows]
        self.push_screen(ChooseScreen("Which sensor", choices, self._ink()), take)

    def _sensor_choice(self, row: TruthView) -> Choice:
        words, severity = gap_words(row, stale=False)
        about = (
            ("is so", figure(row.value, row.unit)),
            ("they see", figure(row.shown, row.unit)),
            ("metric", row.name),
        )
        return Choice(row.sensor, said(row.title), words, about, severity)

    def _choose_override(self, row: TruthView) -> None:
        def take(choice: Choice | None) -> None:
            if choice is None:
                return
            if choice.id == "value":
                self._ask_value(row)
            else:
                self._override(row, Override(row.sensor, choice.id))

        title = f"{said(row.title)}: is {figure(row.value, row.unit)}"
        self.push_screen(ChooseScreen(title, OVERRIDES, self._ink()), take)

    def _ask_value(self, row: TruthView) -> None:
        def take(answer: str | None) -> None:
            value = _number(answer)
            if value is not None:
                self._override(row, Override(row.sensor, "value", value))
            elif answer is not None:
                self._tell(f"refused: {answer} is no number")

        unit = f" ({row.unit})" if row.unit else ""
        now = "" if row.shown is None else f"{row.shown:g}"
        self.push_screen(AskScreen(f"{said(row.title)} shows{unit}", now), take)

    def _override(self, row: TruthView, command: Override) -> None:
        back = Override(row.sensor, "restore")
        self._broken = ""
        self._undo = None if command.how == "restore" else (f"restore {row.sensor}", back)
        self._say_command(f"{command.how} {row.sensor}", command)

    def action_undo(self) -> None:
        """Take back the last override or break."""
        if self._refused():
            return
        if self._undo is not None:
            words, command = self._undo
            self._undo = None
            self._say_command(words, command)
            return
        view, broken = self.station().view, self._broken
        faults = () if view is None else view.faults
        wanted = next((one for one in reversed(faults) if broken and one.startswith(broken)), "")
        if not wanted:
            keys = "{facilitator.mend} mends, {facilitator.override} restores a sensor"
            self._tell(f"nothing of yours to take back; {self.station().keys.worded(keys)}")
            return
        self._broken = ""
        self._say_command(f"mend {wanted}", Mend(wanted))

    # Faults --------------------------------------------------------------------------------------

    @cached_property
    def _cast(self) -> Sequence[str]:
        """Who is in the run, by name: as the shipped drill of that name has it, else the small
        scenario."""
        from outage_agents.drills.drill_checks import prepared
        from outage_agents.drills.drill_file import load_drill, shipped_drills
        from outage_agents.scenario import Scenario
        from outage_agents.scenario_source import InputError
        from outage_agents.simulation import Simulation

        drill = self._source.welcome.drill
        try:
            known = drill in shipped_drills()
            scenario = prepared(load_drill(drill))[0] if known else Scenario.load("small")
        except InputError:
            return ()
        return tuple(actor.name for actor in Simulation(scenario, until_ns=1).world.actors())

    def action_break_something(self) -> None:
        """Every fault there is."""
        if not self._refused():
            rows = fault_choices(None)
            self.push_screen(ChooseScreen("What is to break", rows, self._ink()), self._fill_in)

    def _fill_in(self, choice: Choice | None) -> None:
        if choice is None:
            return
        kind = find_fault(choice.id)
        fields = [Field(TARGET, target_at_first(kind))]
        fields += [Field(known.name, str(known.default)) for known in kind.arguments]
        fields += [Field(DURATION, DURATION_MIN)] if kind.lasts else []

        def take(values: dict[str, str] | None) -> None:
            if values is not None:
                self._break(fault_words(kind, values))

        check = _checked(kind, lambda: self._cast)
        self.push_screen(FormScreen(kind.title, fields, check, self._ink()), take)

    def _break(self, fault: str) -> None:
        self._undo, self._broken = None, re.split("[,+@]", fault)[0]
        self._say_command(f"break {fault}", Break(fault))

    def action_mend(self) -> None:
        """End a fault that is on."""
        if self._refused():
            return
        view = self.station().view
        faults = () if view is None else view.faults
        if not faults:
            self._tell("nothing is broken on purpose")
            return

        def take(choice: Choice | None) -> None:
            if choice is not None:
                self._say_command(f"mend {choice.id}", Mend(choice.id))

        rows = [Choice(fault, said(fault), severity="bad") for fault in faults]
        self.push_screen(ChooseScreen("What is to be mended", rows, self._ink()), take)


def fault_words(kind: FaultKind, values: Mapping[str, str]) -> str:
    """A fault as `--fault` takes it, without its moment: `slow:dwfm,factor=4+600s`."""
    args = "".join(f",{known.name}={values[known.name]}" for known in kind.arguments)
    lasts = values.get(DURATION, "")
    return f"{kind.id}:{values[TARGET]}{args}" + (f"+{round(float(lasts) * 60)}s" if lasts else "")


def _checked(
    kind: FaultKind, cast: Callable[[], Sequence[str]]
) -> Callable[[Mapping[str, str]], Check]:
    def check(values: Mapping[str, str]) -> Check:
        good, struck = said_match(kind, values[TARGET], cast())
        problems = [] if good else [struck]
        for known in kind.arguments:
            try:
                known.read(values[known.name])
            except ValueError as error:
                problems.append(f"{known.name}: {error}")
        lasts = values.get(DURATION, "")
        minutes = _number(lasts)
        if lasts and (minutes is None or not 0 < minutes <= 43_200):
            problems.append(f"{DURATION}: {lasts} is no number above 0, at most 43200")
        until = "" if lasts or not kind.lasts else "until it is mended"
        return not problems, tuple(problems) or (
            f"strikes {struck}",
            until or kind.effect,
            struck_words(kind),
        )

    return check


def _number(answer: str | None) -> float | None:
    """A finite number that was typed; None for anything else."""
    try:
        value = float(answer or "")
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None
