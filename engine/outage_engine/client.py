"""Client: sends requests, waits only so long, tries again.

An *open-loop* client: requests come when they come (`PoissonArrivals`), whether or not earlier ones
were answered, as millions of independent callers do. Each request is tried as its `RetryPolicy`
says; each try has a time-out of its own, and a try that timed out is forgotten by the client but
not by the server, which is not told. An answer to a forgotten try is late and ignored.

Retries can be held back by a `RetryGate`, all tries by a `CircuitBreaker` (a refused request fails
at once and costs the server nothing). `network` is the time a message takes each way.

Laws: `requests = succeeded + failed + under_way`; `sent = requests - short_circuited + retried`
once no retry is being waited for (a retry the breaker refuses was counted as retried and as
short-circuited); `sent = answered_ok + answered_failed + timed_out + outstanding`.
"""

from typing import TYPE_CHECKING

import attrs

from outage_engine.retry import RetryGate, RetryPolicy

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from outage_engine.circuit_breaker import CircuitBreaker
    from outage_engine.heap import Event
    from outage_engine.world import World


class Request:
    """What a caller wants done, over all its tries."""

    __slots__ = ("_on_end", "_wait_ns", "began_ns", "ok", "tries")

    def __init__(self, began_ns: int, on_end: "Callable[[Request], None] | None") -> None:
        self.began_ns = began_ns
        self.tries = 0
        self.ok: bool | None = None
        """None while under way."""
        self._on_end = on_end
        self._wait_ns = 0


class Attempt:
    """One try, as its server sees it."""

    __slots__ = ("_client", "_over", "_ticket", "_timer", "deadline_ns", "request", "sent_ns")

    def __init__(
        self, client: "Client", request: Request, sent_ns: int, deadline_ns: int | None, ticket: int
    ) -> None:
        self.request = request
        self.sent_ns = sent_ns
        self.deadline_ns = deadline_ns
        """When the client stops waiting; None: never."""
        self._client = client
        self._ticket = ticket
        self._over = False
        self._timer: Event | None = None

    def answer(self, ok: bool = True) -> None:
        """The server's answer, once; it travels back over the client's network."""
        self._client._answer(self, ok)


@attrs.frozen
class ClientView:
    """A client's counts since it was made, and what is under way."""

    requests: int
    succeeded: int
    """Requests answered with success in time: goodput is the rate of these."""
    failed: int
    """Requests given up."""
    under_way: int
    sent: int
    """Tries that went out to the server."""
    answered_ok: int
    answered_failed: int
    timed_out: int
    late: int
    """Answers that came after the time-out."""
    retried: int
    short_circuited: int
    """Tries the circuit breaker refused."""
    denied: int
    """Retries the gate refused."""
    latency_ns_total: int
    """From request to success, retries and waits included, over all that succeeded."""


class Client:
    """Sends requests to a target and sees to time-outs and retries.

    `target` takes each `Attempt` (see `station.serve_attempts`) and answers it or not. `timeout_ns`
    None waits for ever. `draw` is needed when the policy's backoff has jitter.
    """

    def __init__(
        self,
        world: "World",
        target: "Callable[[Attempt], None]",
        *,
        timeout_ns: int | None = None,
        policy: RetryPolicy | None = None,
        draw: "random.Random | None" = None,
        network: "Callable[[], int] | None" = None,
        gate: RetryGate | None = None,
        breaker: "CircuitBreaker | None" = None,
    ) -> None:
        if timeout_ns is not None and timeout_ns < 0:
            raise ValueError("a time-out cannot be negative")
        self._world = world
        self._target = target
        self._timeout_ns = timeout_ns
        self._policy = policy or RetryPolicy()
        self._draw = draw if draw is not None else world.random.single("client/backoff")
        self._network = network
        self._gate = gate
        self._breaker = breaker
        self._requests = self._succeeded = self._failed = self._sent = 0
        self._answered_ok = self._answered_failed = self._timed_out = self._late = 0
        self._retried = self._short_circuited = self._denied = self._latency_ns = 0

    def request(self, on_end: "Callable[[Request], None] | None" = None) -> Request:
        """Begin one request, now. `on_end` is told once it succeeded or was given up."""
        self._requests += 1
        request = Request(self._world.now, on_end)
        if self._gate is not None:
            self._gate.started()
        self._try(request)
        return request

    @property
    def succeeded(self) -> int:
        """Requests answered with success in time, so far."""
        return self._succeeded

    def snapshot(self) -> ClientView:
        """Counts so far."""
        return ClientView(
            requests=self._requests,
            succeeded=self._succeeded,
            failed=self._failed,
            under_way=self._requests - self._succeeded - self._failed,
            sent=self._sent,
            answered_ok=self._answered_ok,
            answered_failed=self._answered_failed,
            timed_out=self._timed_out,
            late=self._late,
            retried=self._retried,
            short_circuited=self._short_circuited,
            denied=self._denied,
            latency_ns_total=self._latency_ns,
        )

    def _try(self, request: Request) -> None:
        request.tries += 1
        world = self._world
        now = world.now
        ticket = 0
        if self._breaker is not None:
            admitted = self._breaker.admit(now)
            if admitted is None:
                self._short_circuited += 1
                self._give_up(request)
                return
            ticket = admitted
        self._sent += 1
        timeout_ns = self._timeout_ns
        deadline_ns = None if timeout_ns is None else now + timeout_ns
        attempt = Attempt(self, request, now, deadline_ns, ticket)
        if timeout_ns is not None:
            attempt._timer = world.call_after(timeout_ns, self._time_out, attempt)
        if self._network is None:
            self._target(attempt)
        else:
            world.call_after(self._network(), self._target, attempt, label="client.arrive")

    def _answer(self, attempt: Attempt, ok: bool) -> None:
        if self._network is None or attempt._over:
            self._answered(attempt, ok)  # late already: its way back changes nothing
        else:
            self._world.call_after(self._network(), self._answered, attempt, ok)

    def _answered(self, attempt: Attempt, ok: bool) -> None:
        if attempt._over:
            self._late += 1
            return
        attempt._over = True
        if attempt._timer is not None:
            attempt._timer.cancel()
        if self._breaker is not None:
            self._breaker.record(self._world.now, attempt._ticket, ok)
        if ok:
            self._answered_ok += 1
            self._succeed(attempt.request)
        else:
            self._answered_failed += 1
            self._try_again(attempt.request)

    def _time_out(self, attempt: Attempt) -> None:
        attempt._over = True
        self._timed_out += 1
        if self._breaker is not None:
            self._breaker.record(self._world.now, attempt._ticket, False)
        self._try_again(attempt.request)

    def _try_again(self, request: Request) -> None:
        gate = self._gate
        if gate is not None:
            gate.failed()
        if request.tries >= self._policy.tries_max:
            self._give_up(request)
            return
        if gate is not None and not gate.allows():
            self._denied += 1
            self._give_up(request)
            return
        self._retried += 1
        backoff = self._policy.backoff
        wait_ns = backoff.delay_ns(request.tries, self._draw, request._wait_ns)
        request._wait_ns = wait_ns
        if wait_ns or self._network is None:
            # Through the heap even when it is at once: a target that refuses on the spot must not
            # make tries nest.
            self._world.call_after(wait_ns, self._try, request)
        else:
            self._try(request)

    def _succeed(self, request: Request) -> None:
        self._succeeded += 1
        self._latency_ns += self._world.now - request.began_ns
        request.ok = True
        if self._gate is not None:
            self._gate.succeeded()
        if request._on_end is not None:
            request._on_end(request)

    def _give_up(self, request: Request) -> None:
        self._failed += 1
        request.ok = False
        if request._on_end is not None:
            request._on_end(request)


class PoissonArrivals:
    """Calls `on_arrival` at the instants of a Poisson process, until stopped.

    `unit_gap_ns` draws an exponential time of mean one second, in nanoseconds; it is divided by the
    rate, so that one stream serves every rate. A change of rate takes effect at once: the process
    has no memory, so the pending gap is drawn anew. A rate of 0 is silence.
    """

    def __init__(
        self,
        world: "World",
        rate_per_s: float,
        on_arrival: "Callable[[], object]",
        unit_gap_ns: "Callable[[], int]",
    ) -> None:
        self._world = world
        self._on_arrival = on_arrival
        self._unit_gap_ns = unit_gap_ns
        self._next: Event | None = None
        self.arrived = 0
        self.set_rate(rate_per_s)

    @property
    def rate_per_s(self) -> float:
        """Arrivals a second, on average."""
        return self._rate_per_s

    def set_rate(self, rate_per_s: float) -> None:
        """Change the rate from now on. ValueError when it is negative."""
        if rate_per_s < 0:
            raise ValueError("a rate of arrivals cannot be negative")
        self._rate_per_s = rate_per_s
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if rate_per_s > 0:
            self._schedule()

    def stop(self) -> None:
        """No more arrivals."""
        self.set_rate(0)

    def _schedule(self) -> None:
        gap_ns = round(self._unit_gap_ns() / self._rate_per_s)
        self._next = self._world.call_after(gap_ns, self._arrive)

    def _arrive(self) -> None:
        self._schedule()
        self.arrived += 1
        self._on_arrival()
