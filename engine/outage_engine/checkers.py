"""Checkers: what must hold of the simulated system, kept apart from the actors that could break it.

A *safety* checker must hold whenever it is looked at. A *liveness* checker may fail for a while,
but must hold again within a stated time after the faults have ended. A violation is recorded once
with its time and reason and told to whoever listens; it never stops the run, because a drill or
a what-if is about runs in which things break. Tests ask for `strict=True` and get an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["safety", "liveness"]


class CheckerViolated(AssertionError):
    """A checker did not hold in a strict run; names the checker, the virtual time and why."""


@attrs.frozen
class CheckerView:
    """What is known of one checker at one moment."""

    name: str
    """The law, as a dotted name."""
    kind: Kind
    """"safety" (always) or "liveness" (again, within a time after the faults end)."""
    held: bool
    """Whether it was never violated."""
    first_violation_ns: int | None
    """Virtual time of the first violation, nanoseconds; None if there was none."""
    reason: str
    """Why it was violated, in words; empty if it was not."""


class Checker:
    """One law about the system.

    `holds` says whether it is satisfied now, and must change nothing. `explain` gives the words
    for a violation, asked at the moment it happens.

    A liveness checker is violated when it has not held for `within_ns` in a row that began no
    earlier than `faults_over` became true; without `faults_over` the time counts always.
    """

    __slots__ = (
        "_explain",
        "_faults_over",
        "_first_violation_ns",
        "_holds",
        "_reason",
        "_waiting_since_ns",
        "_within_ns",
        "kind",
        "name",
        "shown_by",
    )

    def __init__(
        self,
        name: str,
        holds: Callable[[], bool],
        *,
        kind: Kind = "safety",
        explain: Callable[[], str] | str = "",
        within_ns: int | None = None,
        faults_over: Callable[[], bool] | None = None,
        shown_by: str = "",
    ) -> None:
        """`shown_by`: topic of the narration that tells what breaks it; empty: there is none.

        Raises ValueError if a liveness checker lacks `within_ns`, or a safety one has it.
        """
        if (kind == "liveness") != (within_ns is not None):
            raise ValueError(
                f"checker {name!r} is {kind}: within_ns belongs to liveness checkers only"
            )
        if kind == "safety" and faults_over is not None:
            raise ValueError(f"checker {name!r} is safety: it holds during faults too")
        self.name = name
        self.kind: Kind = kind
        self._holds = holds
        self._explain = explain
        self._within_ns = within_ns
        self._faults_over = faults_over
        self.shown_by = shown_by
        self._waiting_since_ns: int | None = None
        self._first_violation_ns: int | None = None
        self._reason = ""

    @property
    def held(self) -> bool:
        """Whether it was never violated."""
        return self._first_violation_ns is None

    @property
    def first_violation_ns(self) -> int | None:
        """Virtual time of the first violation, nanoseconds; None if there was none."""
        return self._first_violation_ns

    @property
    def reason(self) -> str:
        """Why it was violated, in words; empty if it was not."""
        return self._reason

    def evaluate(self, now_ns: int) -> bool:
        """Looks now. Returns True if this look found the first violation."""
        if self._first_violation_ns is not None:
            return False
        if self._within_ns is None:
            return not self._holds() and self.violate(now_ns, self._words())
        return self._overdue(now_ns, self._within_ns)

    def violate(self, now_ns: int, reason: str) -> bool:
        """Records a violation that was seen elsewhere. Returns True if it is the first."""
        if self._first_violation_ns is not None:
            return False
        self._first_violation_ns = now_ns
        self._reason = reason or "does not hold"
        return True

    def view(self) -> CheckerView:
        """What is known now, frozen."""
        return CheckerView(self.name, self.kind, self.held, self._first_violation_ns, self._reason)

    def _overdue(self, now_ns: int, within_ns: int) -> bool:
        waits = self._faults_over is None or self._faults_over()
        if not waits or self._holds():
            self._waiting_since_ns = None
            return False
        if self._waiting_since_ns is None:
            self._waiting_since_ns = now_ns
        waited_ns = now_ns - self._waiting_since_ns
        if waited_ns < within_ns:
            return False
        words = self._words() or "did not recover in time"
        return self.violate(now_ns, f"{words} (waited {waited_ns / 1e9:.0f} s)")

    def _words(self) -> str:
        return self._explain if isinstance(self._explain, str) else self._explain()


class Checkers:
    """The laws of a run, in order of registration.

    `on_violation` is called with the name of a checker and the words of its first violation, at
    the virtual time of that violation. With `strict` CheckerViolated is raised after that.
    """

    def __init__(
        self,
        on_violation: Callable[[str, str], None] | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self._on_violation = on_violation
        self._strict = strict
        self._checkers: dict[str, Checker] = {}

    def add(self, checker: Checker) -> Checker:
        """Registers a law and returns it. Raises ValueError if the name is taken."""
        if checker.name in self._checkers:
            raise ValueError(f"two checkers are called {checker.name!r}; names must differ")
        self._checkers[checker.name] = checker
        return checker

    def evaluate(self, now_ns: int) -> None:
        """Looks at all of them; `now_ns` is the virtual time in nanoseconds."""
        for checker in self._checkers.values():
            if checker.evaluate(now_ns):
                self._tell(checker)

    def check(self, name: str, now_ns: int) -> None:
        """Looks at one, at an event that could break it. Raises KeyError if there is none."""
        checker = self._known(name)
        if checker.evaluate(now_ns):
            self._tell(checker)

    def violate(self, name: str, now_ns: int, reason: str) -> None:
        """Records a violation an actor or a test saw itself. Raises KeyError if there is none."""
        checker = self._known(name)
        if checker.violate(now_ns, reason):
            self._tell(checker)

    def report(self) -> tuple[CheckerView, ...]:
        """What is known of each, in order of registration."""
        return tuple(checker.view() for checker in self._checkers.values())

    def shown_by(self, name: str) -> str:
        """Topic of the narration that tells what breaks a law. Raises KeyError if there is none."""
        return self._known(name).shown_by

    def _known(self, name: str) -> Checker:
        checker = self._checkers.get(name)
        if checker is None:
            known = ", ".join(self._checkers) or "none"
            raise KeyError(f"no checker is called {name!r}; there are: {known}")
        return checker

    def _tell(self, checker: Checker) -> None:
        view = checker.view()
        if self._on_violation is not None:
            self._on_violation(view.name, f"{view.kind} violated: {view.reason}")
        if self._strict:
            raise CheckerViolated(
                f"{view.kind} checker {view.name!r} does not hold "
                f"at {view.first_violation_ns} ns: {view.reason}"
            )
