"""Taking the helm: orders to the operators, faults, and forks of a run.

Everything here ends in one command to the source. What cannot be done is said before anything is
asked: a recording is never changed, a run that is over takes nothing any more.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from outage_agents.actions import find_action
from outage_agents.fault_catalogue import find_fault
from outage_tui.dashboard.renderables.breakage import (
    ENDS,
    fault_choices,
    said_match,
    struck_words,
    target_at_first,
)
from outage_tui.dashboard.renderables.orders import action_choices, order_choices, said
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.form_screen import Check, Field, FormScreen
from outage_tui.dashboard.viewing import Viewing
from outage_tui.link_messages import Act, CallOff, EndFault, Inject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outage_agents.actions import Argument
    from outage_tui.dashboard.renderables.choices import Choice
    from outage_tui.link_messages import Command

RENEW_S = 0.5
"""How often the list of orders is renewed while it is open."""
DURATION, TARGET = "duration_s", "target"


class Helm(Viewing):
    """Acts, faults and forks."""

    fork_wanted: tuple[Path, int] | None = None
    """Recording and moment at which the viewer left to go another way."""

    def _refusal(self) -> str:
        """Why this run takes no input; empty when it does."""
        status = self._status
        if self._source.seekable:
            return "a recording is never changed; F forks it at the moment shown"
        if status is None or self.scene() is None:
            return "the run has not begun yet"
        if status.failure is not None:
            return "the simulator has stopped"
        return "the run is over; replay and fork its recording" if status.done is not None else ""

    def _send(self, command: Command) -> None:
        """The answer comes with a later poll and is said on the last line."""
        self._source.send(command)
        self.tick()

    # Actions -----------------------------------------------------------------------------------

    def action_act(self) -> None:
        """Everything that operators can do."""
        if refusal := self._refusal():
            self._tell(f"refused: {refusal}")
            return
        rows, ink = action_choices(self.scene()), self._ink()
        can, cannot, unseen = (ink.glyph(level) for level in ("ok", "caution", "unknown"))
        title = f"Order: {can} what it needs seems to be so, {cannot} not so, {unseen} unseen"
        self.push_screen(ChooseScreen(title, rows, ink), self._fill_in_action)

    def _fill_in_action(self, choice: Choice | None) -> None:
        if choice is None:
            return
        action = find_action(choice.id)
        fields = [Field(known.name, said(known.default)) for known in action.arguments]
        fields.append(Field(DURATION, ""))
        low, high = action.duration_min_s, action.duration_max_s

        def check(values: Mapping[str, str]) -> Check:
            problems = [
                *_problems(action.arguments, values),
                *_duration_problems(values, longest_s=86_400),
            ]
            takes = f"takes {low / 60:g} to {high / 60:g} min unless {DURATION} is given"
            return (not problems, tuple(problems) or (f"{choice.name}: {takes}",))

        def take(values: dict[str, str] | None) -> None:
            if values is not None:
                given = [(known.name, values[known.name]) for known in action.arguments]
                timed = [(DURATION, float(values[DURATION]))] if values[DURATION] else []
                args = tuple((name, _typed(value)) for name, value in given)
                self._send(Act(action.id, (*args, *timed)))

        self.push_screen(FormScreen(action.title, fields, check, self._ink()), take)

    def action_orders(self) -> None:
        """What was ordered, how far it is, and what came of it; choosing one calls it off."""
        rows = order_choices(self.scene(), self._ink())
        if not rows:
            self._tell("nothing was ordered in this run")
            return
        screen = ChooseScreen("Orders; enter calls one off", rows, self._ink())

        def renew() -> None:
            if screen.is_current:
                screen.update_choices(order_choices(self.scene(), self._ink()))

        timer = self.set_interval(RENEW_S, renew)

        def take(choice: Choice | None) -> None:
            timer.stop()
            if choice is not None:
                self._ask_to_call_off(choice)

        self.push_screen(screen, take)

    def _ask_to_call_off(self, choice: Choice) -> None:
        if refusal := self._refusal():
            self._tell(f"refused: {refusal}")
            return

        def take(answer: str | None) -> None:
            if answer is not None and answer.lower() in ("", "y", "yes"):
                self._send(CallOff(choice.id))

        self.push_screen(AskScreen(f"Call off {choice.id}? Enter does, escape does not"), take)

    # Faults ------------------------------------------------------------------------------------

    @cached_property
    def _cast(self) -> Sequence[str]:
        """Who is in the run, by name: the shipped scenario of that name, else the small one."""
        from outage_agents.scenario import Scenario
        from outage_agents.scenario_source import InputError
        from outage_agents.simulation import Simulation

        try:
            scenario = Scenario.load("dns-only" if self._is_dns_only() else "small")
        except InputError:
            return ()
        return tuple(actor.name for actor in Simulation(scenario, until_ns=1).world.actors())

    def _is_dns_only(self) -> bool:
        return self._source.hello.scenario == "dns-only"

    def action_inject(self) -> None:
        """Every fault there is, and those in force."""
        if refusal := self._refusal():
            self._tell(f"refused: {refusal}")
            return
        rows = fault_choices(self.scene())
        self.push_screen(ChooseScreen("What is to break", rows, self._ink()), self._fill_in_fault)

    def _fill_in_fault(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.id.startswith(ENDS):
            self._send(EndFault(int(choice.id.removeprefix(ENDS))))
            return
        kind = find_fault(choice.id)
        fields = [Field(TARGET, target_at_first(kind))]
        fields += [Field(known.name, said(known.default)) for known in kind.arguments]
        fields += [Field(DURATION, "600")] if kind.lasts else []

        def check(values: Mapping[str, str]) -> Check:
            good, struck = said_match(kind, values[TARGET], self._cast)
            problems = [*([] if good else [struck]), *_problems(kind.arguments, values)]
            problems += _duration_problems(values, longest_s=30 * 86_400)
            lasts = "until it is ended" if kind.lasts and not values[DURATION] else ""
            told = (f"strikes {struck}", lasts or kind.effect, struck_words(kind))
            return (not problems, tuple(problems) or told)

        def take(values: dict[str, str] | None) -> None:
            if values is not None:
                args = tuple((a.name, _typed(values[a.name])) for a in kind.arguments)
                lasts_s = float(values[DURATION]) if values.get(DURATION) else None
                self._send(Inject(kind.id, values[TARGET], args, lasts_s))

        self.push_screen(FormScreen(kind.title, fields, check, self._ink()), take)

    # Forks -------------------------------------------------------------------------------------

    def action_fork(self) -> None:
        """Leave this run at the moment shown and go another way from there."""
        scene, hello = self.scene(), self._source.hello
        if hello.recording is None:
            self._tell("refused: this run is not recorded, so there is nothing to fork")
            return
        if scene is None or scene.view.t_ns < 1:
            self._tell("refused: the run has not begun yet")
            return
        at_ns = scene.view.t_ns
        clock = scene.clock.hms(at_ns)
        ends = "" if self._source.seekable else " This run ends here; its recording is kept."

        def take(answer: str | None) -> None:
            if answer is None or answer.lower() not in ("", "y", "yes"):
                return
            path = Path(hello.recording or "")
            if problem := self._source.seekable and fork_problem(path, at_ns):
                self._tell(f"refused: {problem}")
                return
            self.fork_wanted = (path, at_ns)
            self._leave(0)

        self.push_screen(AskScreen(f"Fork at {clock}?{ends} Enter does, escape does not"), take)


def fork_problem(path: Path, at_ns: int) -> str:
    """Why a recording cannot be forked at a moment; empty when it can."""
    from outage_engine.errors import RecordingError
    from outage_tui.fork import fork_of
    from outage_tui.mishap import BadUsage

    try:
        fork_of(path, at_ns)
    except (RecordingError, BadUsage) as error:
        return str(error)
    return ""


def _typed(value: str) -> str | float:
    """A number where it is one."""
    try:
        return float(value)
    except ValueError:
        return value


def _problems(arguments: Sequence[Argument], values: Mapping[str, str]) -> list[str]:
    problems = []
    for known in arguments:
        try:
            known.read(values[known.name])
        except ValueError as error:
            problems.append(f"{known.name}: {error}")
    return problems


def _duration_problems(values: Mapping[str, str], *, longest_s: float) -> list[str]:
    text = values.get(DURATION, "")
    if not text:
        return []
    try:
        good = 0 < float(text) <= longest_s
    except ValueError:
        good = False
    return [] if good else [f"{DURATION}: {text} is no number above 0, at most {longest_s:g}"]
