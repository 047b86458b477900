"""The DNS automation as an abstract model, small enough to look at every order of events.

D Enactors apply P plans to one endpoint, in three kinds of steps:

- *take*: an idle Enactor takes the plan after its own cursor: its only check;
- *write*: it writes the plan it took, in one batch under the lock: rollback alias to the present
  target, the plan's tree, endpoint alias; not possible while the present target does not exist;
- *clean up*: an idle Enactor deletes the trees of all plans that are A or more behind its cursor.

Plan 0 is in place at the start. A lock that changes hands within the batch needs no state of its
own: it is what makes a write one step. Nothing is fair or timed here: any Enactor may be as slow
as it likes. `explore` visits every state that can be reached (breadth first), as TLA+ or Promela
models of the incident do. That the actors follow the same rules is tested against `HostedZone`.

Abstracted away: the walk over many endpoints, the Planner's clock, back-off.
"""

from collections import deque
from collections.abc import Iterator

import attrs

IDLE = -1


@attrs.frozen
class ModelRules:
    """Size of the model, and the guards that are on."""

    enactors: int
    plans: int
    age: int
    """Clean-up deletes plans this many or more behind the cleaner's cursor."""
    recheck_each_write: bool = False
    spare_active_plan: bool = False
    spare_rollback: bool = False
    repair_missing_target: bool = False
    made_in_advance: bool = False
    """Another design: trees are made before, and a batch does not ask whether its tree is there."""


@attrs.frozen
class ModelState:
    """One state. Trees are a bit mask: bit g is set while the tree of plan g exists."""

    cursors: tuple[int, ...]
    taken: tuple[int, ...]
    """Plan each Enactor is about to write; -1: idle."""
    target: int
    rollback: int
    trees: int

    @property
    def broken(self) -> bool:
        """The endpoint points to a tree that does not exist."""
        return not self.trees >> self.target & 1

    @property
    def rollback_broken(self) -> bool:
        """The rollback alias points to a tree that does not exist."""
        return not self.trees >> self.rollback & 1


@attrs.frozen
class Move:
    """One step of one Enactor."""

    enactor: int
    kind: str
    """take, write, clean up."""
    plan: int
    """Plan taken or written; for a clean-up the cleaner's cursor."""
    after: ModelState


@attrs.frozen
class Exploration:
    """Everything that can happen under some rules."""

    rules: ModelRules
    paths: dict[ModelState, tuple[ModelState, Move] | None]
    """For each state the one before it on a shortest path, and the step; None: the start."""
    transitions: int
    stale_writes: int
    """Transitions in which an older plan replaces a newer one."""

    @property
    def broken(self) -> list[ModelState]:
        """States with a broken endpoint, those with the shortest paths first."""
        return [state for state in self.paths if state.broken]

    def path_to(self, state: ModelState) -> list[Move]:
        """Shortest way from the start."""
        moves: list[Move] = []
        before = self.paths[state]
        while before is not None:
            moves.append(before[1])
            before = self.paths[before[0]]
        return moves[::-1]

    def recoverable(self, state: ModelState) -> bool:
        """Whether automation can lead from here to a state with a sound endpoint."""
        seen = {state: None}
        queue = deque([state])
        while queue:
            here = queue.popleft()
            if not here.broken:
                return True
            for move in moves_from(self.rules, here):
                if move.after not in seen:
                    seen[move.after] = None
                    queue.append(move.after)
        return False


def explore(rules: ModelRules) -> Exploration:
    """Visit every state that can be reached."""
    idle = (IDLE,) * rules.enactors
    trees = (1 << (rules.plans + 1)) - 1 if rules.made_in_advance else 1
    start = ModelState((0,) * rules.enactors, idle, 0, 0, trees)
    paths: dict[ModelState, tuple[ModelState, Move] | None] = {start: None}
    queue = deque([start])
    transitions = stale_writes = 0
    while queue:
        state = queue.popleft()
        for move in moves_from(rules, state):
            transitions += 1
            stale_writes += move.kind == "write" and move.after.target < state.target
            if move.after not in paths:
                paths[move.after] = (state, move)
                queue.append(move.after)
    return Exploration(rules, paths, transitions, stale_writes)


def moves_from(rules: ModelRules, state: ModelState) -> Iterator[Move]:
    """All steps that are possible in a state."""
    for enactor in range(rules.enactors):
        plan = state.taken[enactor]
        if plan != IDLE:
            yield from _write(rules, state, enactor, plan)
            continue
        if state.cursors[enactor] < rules.plans:
            following = state.cursors[enactor] + 1
            taken = _with(state.taken, enactor, following)
            yield Move(enactor, "take", following, attrs.evolve(state, taken=taken))
        yield from _clean_up(rules, state, enactor)


def _write(rules: ModelRules, state: ModelState, enactor: int, plan: int) -> Iterator[Move]:
    cursors = _with(state.cursors, enactor, plan)
    taken = _with(state.taken, enactor, IDLE)
    refused = attrs.evolve(state, cursors=cursors, taken=taken)
    if rules.recheck_each_write and plan < state.target:
        yield Move(enactor, "write", plan, refused)
        return
    if state.broken and not rules.repair_missing_target:
        return
    keep_rollback = state.broken or plan == state.target
    rollback = state.rollback if keep_rollback else state.target
    trees = state.trees if rules.made_in_advance else state.trees | 1 << plan
    after = ModelState(cursors, taken, plan, rollback, trees)
    yield Move(enactor, "write", plan, after)


def _clean_up(rules: ModelRules, state: ModelState, enactor: int) -> Iterator[Move]:
    cursor = state.cursors[enactor]
    old = (1 << max(0, cursor - rules.age + 1)) - 1
    if rules.spare_active_plan:
        old &= ~(1 << state.target)
    if rules.spare_rollback:
        old &= ~(1 << state.rollback)
    if state.trees & old:
        after = attrs.evolve(state, trees=state.trees & ~old)
        yield Move(enactor, "clean up", cursor, after)


def _with(values: tuple[int, ...], place: int, value: int) -> tuple[int, ...]:
    return (*values[:place], value, *values[place + 1 :])
