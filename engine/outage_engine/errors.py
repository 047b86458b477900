"""What can go wrong, as a tree. Each message says what happened, where, and what to do.

OutageError
├── SimulationError
│   ├── ActorCrashed       an actor's own code failed: names actor, virtual time and seed
│   ├── CallbackCrashed    a plain callback failed: names it, virtual time and seed
│   ├── WorldOver          a world that has ended was asked to go on
│   └── AskTimedOut        no answer came in virtual time; actors expect and handle this one
└── RecordingError         a recording cannot be read (see `outage_engine.recording`)

`Killed` is not an error: it unwinds an actor that a fault or an operator has killed.
"""


class OutageError(Exception):
    """Anything this project reports to a person in one line."""


class SimulationError(OutageError):
    """The simulation cannot go on, or was asked for what it cannot do."""


class ActorCrashed(SimulationError):
    """An exception left an actor's `main`."""


class CallbackCrashed(SimulationError):
    """An exception left a callback of the event heap."""


class WorldOver(SimulationError):
    """The world has ended; build a new one from the same scenario and seed."""


class AskTimedOut(SimulationError):
    """No answer came before the time-out, in virtual time."""


class RecordingError(OutageError):
    """A recording cannot be opened or read."""


class Killed(BaseException):
    """Raised inside an actor's `main` when the actor is killed; let it pass."""
