"""Resolvers, in three populations: customers', the internal network's, and those EC2 uses.

A resolver keeps an address for the positive TTL, and an empty answer (NOERROR without a record)
for the negative TTL: the smaller of the SOA record's own TTL and its minimum field (RFC 2308),
900 s with Route 53's defaults. That is exactly the tail from 02:25 to 02:40; no source states it,
it is *inferred*.

Operators first forced addresses on the resolvers of the internal network (a response policy zone,
RPZ; Pragmatic Engineer, 2025-12-17). DWFM, the EC2 API, Lambda, Redshift and Support did not use
those (*inferred* from when they recovered), and their resolvers keep no empty answer for long
(*assumed*).

Addresses that are forced stay as they were: capacity that load balancers lose or gain from then on
reaches them no more, until somebody takes the override out. A flush reaches the resolvers that AWS
runs; owners of the others get the advice, and a share of them follows (*assumed*).

Simplified: look-ups never pause, so an expired entry is fetched again at once; those that expired
in the last ten seconds, or half a minute while every answer has addresses, are fetched in one
question. *Assumed*: a resolver asks through others
that hold an empty answer already, so the first one it gets expires after a uniform share of the
negative TTL. One whose cache is flushed asks for itself and keeps what it gets for the whole TTL.
A client tries three of the addresses it was given.
"""

from typing import TYPE_CHECKING

import msgspec
import numpy

from outage_agents.causes import message, ordered
from outage_agents.dns_plan import REGIONAL, balancer_addresses
from outage_agents.load_balancers import FULL, AskCapacity, Capacity
from outage_agents.messages import ActionOrder, ActionResult, Answer, Degraded, Lookup
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import SECOND, ns
from outage_engine.errors import AskTimedOut

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOK_UPS = 3
"""A question to Route 53 that is lost is asked again so often, all within the patience. Assumed."""
_PATIENCE_NS = 2 * SECOND
_TICK_NS = 10 * SECOND
_QUIET_TICK_NS = 30 * SECOND
_TRIES = 3
"""Addresses a client tries before it gives up. Assumed."""


class ResolversView(msgspec.Struct, frozen=True):
    """A population at one moment."""

    resolvers: int
    empty: int
    """Resolvers that hold the empty answer."""
    empty_share: float
    override: bool
    """Addresses are forced by a response policy zone."""
    empty_left_s: float
    """How much longer the empty answer is kept, median of those that hold it; 0: nobody does."""
    addresses: tuple[str, ...]
    """What a resolver gives that has an address."""


def lower_negative_ttl_s(soa_ttl_s: float, soa_minimum_s: float) -> float:
    """How long an empty answer may be kept: the smaller of the two (RFC 2308, section 5)."""
    return min(soa_ttl_s, soa_minimum_s)


class Resolvers(Actor):
    """A population of resolvers that ask for the regional endpoint all the time."""

    def __init__(
        self,
        name: str,
        *,
        count: int,
        route53: str,
        positive_ttl_s: float,
        negative_ttl_s: float,
        gauge: str = "",
        load_balancers: str = "",
        advised: bool = False,
    ) -> None:
        """`gauge` names a gauge for the share that holds the empty answer; empty: none.

        `load_balancers`: who is behind the addresses; empty: nobody asks. `advised`: others run
        these resolvers, so that a flush is only advice.
        """
        super().__init__(name)
        self._route53 = route53
        self._positive_ns = max(1, ns(positive_ttl_s))
        self._negative_ns = max(1, ns(negative_ttl_s))
        self._empty: NDArray[numpy.bool_] = numpy.zeros(count, dtype=numpy.bool_)
        self._expiry_ns: NDArray[numpy.int64] = numpy.zeros(count, dtype=numpy.int64)
        self._fetched_ns = 0
        self._addresses: tuple[str, ...] = ()
        self._quiet = False
        self._empty_count = 0
        self._override = False
        self._forced: tuple[str, ...] = ()
        self._forced_reach = 1.0
        self._load_balancers = load_balancers
        self._advised = advised
        self._gauge = gauge
        self._topic = name.replace("-", ".", 1)
        self._told_empty = False
        self._unanswered = False
        self._degraded = 0.0

    async def main(self) -> None:
        if self._gauge:
            self.world.telemetry.gauge_from(self._gauge, self._empty_share)
        self._start_empty()
        next_tick_ns = self.world.now
        while True:
            told = await self.receive_until(next_tick_ns)
            if told is None:
                await self._fetch_expired()
                if self._override:
                    await self._age_forced()
                tick_ns = _QUIET_TICK_NS if self._quiet else _TICK_NS
                next_tick_ns = (max(next_tick_ns, self.world.now) // tick_ns + 1) * tick_ns
            elif isinstance(told.message, Degraded):
                self._degrade(told.message.share)
            elif isinstance(told.message, Lookup):
                addresses = self._forced if self._override else self._addresses
                told.reply(Answer(addresses, self._answered_share()))
            elif isinstance(told.message, ActionOrder):
                await self._act(told, told.message)

    def _start_empty(self) -> None:
        """Caches do not outlive the process: all is fetched anew."""
        self._empty[:] = False
        self._empty_count = 0
        self._expiry_ns = self.world.now + self._uniform_ns(self._positive_ns)

    def _answered_share(self) -> float:
        """Share of the population that gives an address now.

        Without a word from Route 53 there is nothing to say once addresses have expired, which
        takes seconds; forced ones do not expire.
        """
        share = 0.0 if self._unanswered and not self._override else 1.0 - self._empty_share()
        return share * (1.0 - self._degraded)

    def _degrade(self, share: float) -> None:
        """A fault: so many of the resolvers answer nothing."""
        if share == self._degraded:
            return
        self._degraded = share
        fault = "fault.degrade-resolver"
        if share:
            text = f"{share:.0%} of the resolvers answer nothing"
            self.narrate(text, level="error", about=f"{self._topic}.degraded", because=(fault,))
        else:
            text = "all resolvers answer again"
            self.narrate(text, about=f"{self._topic}.whole", because=(fault,))

    def snapshot(self) -> ResolversView:
        """The population now."""
        return ResolversView(
            resolvers=len(self._empty),
            empty=self._empty_count,
            empty_share=self._empty_share(),
            override=self._override,
            empty_left_s=self._empty_left_s(),
            addresses=self._forced if self._override else self._addresses,
        )

    def _empty_left_s(self) -> float:
        if not self._empty_count:
            return 0.0
        left_ns = float(numpy.median(self._expiry_ns[self._empty])) - self.world.now
        return max(0.0, left_ns / SECOND)

    def _empty_share(self) -> float:
        if self._override:
            return 1.0 - self._forced_reach
        return self._empty_count / len(self._empty)

    async def _age_forced(self) -> None:
        """How much of the capacity behind the forced addresses is still there."""
        if not self._load_balancers:
            return
        try:
            capacity = await self.ask(self._load_balancers, AskCapacity(), _PATIENCE_NS)
        except AskTimedOut:
            return
        assert isinstance(capacity, Capacity)
        known = balancer_addresses(len(capacity.shares))
        left = sum(capacity.shares[known.index(address)] for address in self._forced)
        missing = 1.0 - left / (FULL * len(self._forced))
        failed = 1.0
        for _ in range(_TRIES):
            failed *= missing
        self._forced_reach = 1.0 - failed

    async def _fetch_expired(self) -> Answer | None:
        """Every entry that has expired is replaced by what Route 53 says now."""
        try:
            answer = await self.ask_again(
                self._route53, Lookup(REGIONAL), _PATIENCE_NS // _LOOK_UPS, _LOOK_UPS
            )
        except AskTimedOut:
            self._unanswered = True
            return None
        assert isinstance(answer, Answer)
        self._unanswered = False
        if answer.addresses:
            self._addresses = answer.addresses
            if self._empty_count:
                self._keep_addresses()
        else:
            self._keep_nothing()
        self._empty_count = int(numpy.count_nonzero(self._empty))
        self._tell(answered=bool(answer.addresses))
        self._quiet = bool(answer.addresses) and not self._empty_count
        self._fetched_ns = self.world.now
        return answer

    def _tell(self, *, answered: bool) -> None:
        """When the first of them holds an empty answer, and when the first has addresses again."""
        if self._empty_count and not answered and not self._told_empty:
            self._told_empty = True
            self.narrate(
                f"{self._empty_count:,} of {len(self._empty):,} resolvers hold the empty answer;"
                f" each keeps it for up to {self._negative_ns // SECOND} s",
                level="error",
                about=f"{self._topic}.empty",
                because=(message("dns.empty", "Answer", self._route53),),
            )
        elif answered and self._told_empty:
            self._told_empty = False
            left = f"; {self._empty_count:,} keep the empty one until it expires"
            self.narrate(
                f"the answer has addresses again{left if self._empty_count else ''}",
                about=f"{self._topic}.answers",
                because=(
                    message("dns.restored", "Answer", self._route53),
                    f"{self._topic}.empty",
                ),
            )

    def _keep_addresses(self) -> None:
        due = self._empty & (self._expiry_ns <= self.world.now)
        self._empty[due] = False

    def _keep_nothing(self) -> None:
        """An empty answer: who had an address keeps nothing for a uniform part of the negative
        TTL, who had nothing already keeps it for the whole of it."""
        now = self.world.now
        had = ~self._empty
        _renew(self._expiry_ns, had, self._positive_ns, self._fetched_ns)
        new = had & (self._expiry_ns <= now)
        if new.any():
            self._expiry_ns[new] = now + self._uniform_ns(self._negative_ns)[new]
        _renew(self._expiry_ns, ~had, self._negative_ns, now)
        self._empty |= new

    def _uniform_ns(self, most_ns: int) -> "NDArray[numpy.int64]":
        draw = self.world.random.array(self.name)
        return draw.integers(0, most_ns, len(self._empty), dtype=numpy.int64)

    async def _act(self, told: Envelope, order: ActionOrder) -> None:
        if order.id == "dns.rpz_override":
            told.reply(self._force_addresses())
        elif order.id == "dns.rpz_remove":
            told.reply(self._remove_forced())
        elif order.id == "dns.flush_caches":
            follow = float(dict(order.args).get("customers_follow", 0.5))
            told.reply(await self._flush(follow if self._advised else 1.0))
        else:
            told.reply(ActionResult(f"refused: {self.name} cannot do {order.id}"))

    def _force_addresses(self) -> ActionResult:
        if self._override or not self._empty_count:
            return ActionResult("not needed", f"the resolvers of {self.name} have addresses")
        if not self._addresses:
            return ActionResult("refused: no address of the endpoint is known to force")
        self._override, self._forced, self._forced_reach = True, self._addresses, 1.0
        self.narrate(
            "addresses of the regional endpoint are forced on all of them (RPZ)",
            about=f"{self._topic}.forced",
            because=(ordered("dns.rpz_override"), f"{self._topic}.empty"),
        )
        return ActionResult("done", f"{self._empty_count} resolvers had no address")

    def _remove_forced(self) -> ActionResult:
        if not self._override:
            return ActionResult("not needed", f"no addresses are forced on {self.name}")
        self._override, self._forced = False, ()
        left = self._empty_count
        holds = f"{left:,} of {len(self._empty):,} resolvers hold the empty answer"
        said = "forced addresses are taken out" + (f": {holds}" if left else "")
        self.narrate(
            said,
            level="warning" if left else "info",
            about=f"{self._topic}.unforced",
            because=(ordered("dns.rpz_remove"), f"{self._topic}.forced"),
        )
        return ActionResult("done", said)

    async def _flush(self, follow: float) -> ActionResult:
        before = self._empty_count
        if not before:
            return ActionResult("not needed", f"no resolver of {self.name} holds an empty answer")
        answer = await self._fetch_expired()
        if answer is None:
            return ActionResult(
                "refused: Route 53 does not answer; empty caches would be no better"
            )
        self._forget(follow, found=bool(answer.addresses))
        freed = before - self._empty_count
        if freed:
            self.narrate(
                f"caches flushed: {freed} resolvers have addresses again",
                about=f"{self._topic}.answers",
                because=(ordered("dns.flush_caches"), f"{self._topic}.empty"),
            )
            return ActionResult("done", f"{freed} of {before} resolvers have addresses again")
        self.narrate(
            "caches flushed, and the empty answer came back",
            level="warning",
            about=f"{self._topic}.flushed",
            because=(ordered("dns.flush_caches"), message("dns.empty", "Answer", self._route53)),
        )
        return ActionResult("done", "the empty answer came back: the zone still has no address")

    def _forget(self, share: float, *, found: bool) -> None:
        """So many of them drop what they hold, and keep what they find for its whole TTL."""
        flushed = numpy.ones(len(self._empty), dtype=numpy.bool_)
        if share < 1.0:
            flushed = self.world.random.array(self.name).random(len(self._empty)) < share
        life_ns = self._positive_ns if found else self._negative_ns
        self._expiry_ns[flushed] = self.world.now + life_ns
        self._empty[flushed] = not found
        self._empty_count = int(numpy.count_nonzero(self._empty))
        self._quiet = found and not self._empty_count


def _renew(
    expiry_ns: "NDArray[numpy.int64]", which: "NDArray[numpy.bool_]", life_ns: int, until_ns: int
) -> None:
    """Entries that were fetched again and again up to `until_ns`, each time at their expiry."""
    past = which & (expiry_ns <= until_ns)
    if past.any():
        lives = (until_ns - expiry_ns[past]) // life_ns + 1
        expiry_ns[past] += lives * life_ns
