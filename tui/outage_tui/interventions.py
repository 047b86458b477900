"""What a person decides while a run is under way: checked, recorded, then done.

Each command becomes an input of the run at the next whole virtual second. The scenario the run has
become by it, and the command line that repeats that, are in the recording before the run goes on
with it and before anybody is told: what was acknowledged survives whatever happens to the program.
"""

from typing import TYPE_CHECKING

from outage_agents.fault_catalogue import find_fault, read_args
from outage_agents.faults import ScheduledFault
from outage_agents.live_inputs import LiveInputError, next_second_ns
from outage_engine.clock import ns
from outage_tui.command_text import command_of
from outage_tui.link_messages import Act, CallOff, Change, EndFault, Inject

if TYPE_CHECKING:
    from outage_agents.scenario import Scenario
    from outage_agents.simulation import Simulation
    from outage_engine.recording.writer import RecordingWriter
    from outage_tui.link_messages import Intervention


class Interventions:
    """Carries out what changes one run."""

    def __init__(
        self, simulation: "Simulation", writer: "RecordingWriter | None", source: str
    ) -> None:
        """`source`: the scenario the run began with, a shipped name or a file."""
        self._simulation = simulation
        self._writer = writer
        self._source = source
        self.command = ""
        """The command line that repeats the run; empty while nothing was decided live."""
        simulation.before_take = self._keep_command

    def carry_out(self, command: "Intervention") -> tuple[int, str]:
        """The moment at which it takes effect (virtual ns), and what comes of it, in words.

        Raises InputError when it cannot be done to this run now.
        """
        simulation = self._simulation
        at_ns = next_second_ns(simulation.world.now)
        clock = simulation.scenario.clock
        if at_ns > simulation.until_ns:
            raise LiveInputError(["the run ends before it could take effect"])
        match command:
            case Act(id=action_id, args=args, begin=begin):
                entry = simulation.act(action_id, dict(args), begin=begin)
                words = f"{entry.id} takes effect at {clock(entry.at_ns)}"
                return at_ns, f"{words}, begun at {clock(at_ns)}" if begin else words
            case CallOff(name=name):
                simulation.call_off(name)
                return at_ns, f"{name} is called off at {clock(at_ns)}"
            case Inject():
                fault = _fault(command)
                place = simulation.inject(fault)
                words = f"fault {place}, {fault.kind} of {fault.target}, begins at {clock(at_ns)}"
                if fault.duration_ns is None:
                    return at_ns, f"{words}, to be ended by hand"
                return at_ns, f"{words}, ends at {clock(at_ns + fault.duration_ns)}"
            case EndFault(n=place):
                simulation.end_fault(place)
                return at_ns, f"fault {place} ends at {clock(at_ns)}"
            case Change(path=path, value=value):
                simulation.change(path, value)
                return at_ns, f"{path} = {value} from {clock(at_ns)} on"

    def _keep_command(self, scenario: "Scenario") -> None:
        """What repeats the run is kept with its new scenario, in the same commit."""
        self.command = command_of(scenario, self._source, self._simulation.until_ns)
        if self._writer is not None:
            self._writer.note("command", self.command)


def _fault(command: Inject) -> ScheduledFault:
    lasts = command.duration_s
    if lasts is not None and not 0 < lasts <= 30 * 86_400:
        raise LiveInputError([f"duration_s: {lasts:g} is not more than 0 and at most 2592000"])
    duration_ns = None if lasts is None else ns(lasts)
    problems: list[str] = []
    args = read_args(find_fault(command.kind), dict(command.args), problems)
    if problems:
        raise LiveInputError(problems)
    return ScheduledFault(command.kind, command.target, args, 0, duration_ns)
