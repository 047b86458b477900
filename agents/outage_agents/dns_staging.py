"""The staged delay of one Enactor, so that the race completes at 23:48:00.

Why an Enactor was slow that night was never published. A run in which chance decides may go for
hours without a race, so the reference scenario holds one Enactor (the laggard) for a set time
just before it reads the lock of the regional endpoint, until about 23:48. It is released on an
event: another Enactor is about to begin the clean-up that will include the laggard's plan, and the
others have written the regional endpoint already. All the rest is mechanism: where clean-up keeps
more plans than the delay is long, there is no such clean-up, and the laggard is let go a little
later, to write a stale plan that the others soon replace. It is held *before* it reads the lock
because a batch held longer would carry an old value of the lock, and fail.

Two Enactors clean up after every plan. Where a batch creates its plan's tree anew, it does not
matter which of the two clean-ups comes upon the laggard. Where a batch for a deleted plan is
refused (`dns.deleted_plan`), only the first one will do: after it there is no plan left to write.
If another Enactor still has to write the regional endpoint then, the laggard is let go when that is
done, or else at the last moment, while the cleaner is still collecting what it will delete.
"""

import attrs

from outage_agents.parameters.dns import DnsParameters
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import ns


@attrs.define
class AtRegional:
    """The laggard is about to read the lock of the regional endpoint; it waits for `Proceed`."""

    generation: int


@attrs.define
class Proceed:
    """The laggard may go on."""


@attrs.define
class RegionalDone:
    """An Enactor has written the regional endpoint."""

    generation: int


@attrs.define
class AboutToCleanUp:
    """An Enactor is about to delete all plans older than `oldest_kept`."""

    generation: int
    oldest_kept: int


@attrs.frozen
class _LastChance:
    """A clean-up is about to delete the laggard's plan, and an Enactor is not done yet."""

    until_ns: int
    cleaner: str
    clean_up: AboutToCleanUp


class DnsStaging(Actor):
    """Holds the laggard once, and releases it when the race is ready."""

    def __init__(
        self,
        name: str,
        parameters: DnsParameters,
        *,
        laggard: str,
        others: tuple[str, ...],
        epoch_ns: int,
    ) -> None:
        super().__init__(name)
        period_ns = ns(parameters.planner_period_s)
        self._hold_from_ns = max(0, epoch_ns - ns(parameters.staged_delay_s))
        self._release_from_ns = max(0, epoch_ns - period_ns // 2)
        self._overdue_ns = epoch_ns + period_ns
        self._collecting_ns = ns(parameters.clean_up_s) * 4 // 5
        self._first_only = parameters.deleted_plan == "refused"
        self._last_chance: _LastChance | None = None
        self._laggard = laggard
        self._regional_done = dict.fromkeys(others, 0)
        self._held_generation = 0
        self._over = False

    async def main(self) -> None:
        while not self._over:
            last = self._last_chance
            told = await self.receive_until(last.until_ns if last else None)
            if told is not None:
                self._hear(told)
            elif last is not None:
                self._release(last.cleaner, last.clean_up)
        while True:
            told = await self.receive()
            if told is not None and isinstance(told.message, AtRegional):
                self.send(self._laggard, Proceed())

    def _hear(self, told: Envelope) -> None:
        message = told.message
        if isinstance(message, AtRegional):
            self._hold_or_not(message.generation)
        elif isinstance(message, RegionalDone) and told.sender in self._regional_done:
            self._regional_done[told.sender] = message.generation
            last = self._last_chance
            if last is not None and self._all_done(last.clean_up):
                self._release(last.cleaner, last.clean_up)
        elif isinstance(message, AboutToCleanUp) and self._held_generation:
            self._hear_of_clean_up(told.sender, message)

    def _hear_of_clean_up(self, cleaner: str, clean_up: AboutToCleanUp) -> None:
        reaches = self._reaches(clean_up)
        if reaches and self._all_done(clean_up):
            self._release(cleaner, clean_up)
        elif reaches and self._first_only:
            if self._last_chance is None:
                until_ns = self.world.now + self._collecting_ns
                self._last_chance = _LastChance(until_ns, cleaner, clean_up)
        elif self.world.now >= self._overdue_ns:
            self._let_go()

    def _hold_or_not(self, generation: int) -> None:
        if self.world.now < self._hold_from_ns:
            self.send(self._laggard, Proceed())
            return
        self._held_generation = generation
        self.narrate(
            f"staged, for its cause is unknown: {self._laggard} is delayed with plan {generation}"
            " just before it reads the lock of the regional endpoint",
            about=f"dns.{self._laggard}.held",
        )

    def _reaches(self, clean_up: AboutToCleanUp) -> bool:
        """Whether this clean-up deletes the laggard's plan, and it is time."""
        return (
            self._held_generation < clean_up.oldest_kept and self.world.now >= self._release_from_ns
        )

    def _all_done(self, clean_up: AboutToCleanUp) -> bool:
        """Whether nobody will overwrite what the laggard writes before it is deleted."""
        return all(done >= clean_up.generation for done in self._regional_done.values())

    def _release(self, cleaner: str, clean_up: AboutToCleanUp) -> None:
        self._over = True
        self.send(self._laggard, Proceed())
        self.narrate(
            f"the staged delay of {self._laggard} ends: it goes on with plan"
            f" {self._held_generation}, while {cleaner}, done with plan {clean_up.generation},"
            f" begins to delete the plans older than {clean_up.oldest_kept}",
            level="warning",
            about=f"dns.{self._laggard}.released",
            because=(f"dns.{self._laggard}.held",),
        )

    def _let_go(self) -> None:
        self._over = True
        self.send(self._laggard, Proceed())
        self.narrate(
            f"the staged delay of {self._laggard} ends: it goes on with plan"
            f" {self._held_generation}, which no clean-up is old enough to delete",
            about=f"dns.{self._laggard}.released",
            because=(f"dns.{self._laggard}.held",),
        )
