"""Queues against the closed forms of queueing theory.

Service rate 1 unless said; W is the mean time in the system, Wq the mean wait. The numbers of
customers are those that make the tolerance about two standard errors of the estimate; seeds are not
chosen.
"""

import math
from collections.abc import Callable

import pytest

from outage_engine.client import Client, PoissonArrivals
from outage_engine.clock import SECOND, ns
from outage_engine.draws import in_blocks
from outage_engine.samplers import Exponential
from outage_engine.station import Discipline, Fate, Job, Station, StationView, serve_attempts
from outage_engine.world import World


def exponential(world: World, name: str, mean_s: float = 1.0) -> Callable[[], int]:
    return in_blocks(Exponential(ns(mean_s)), world.random.array(name))


def poisson(world: World, rate: float, on_arrival: Callable[[], object]) -> PoissonArrivals:
    return PoissonArrivals(world, rate, on_arrival, exponential(world, "arrivals"))


def observe(
    rate: float,
    customers: float,
    *,
    service_time: Callable[[World], Callable[[], int]] | None = None,
    patience: Callable[[World], Callable[[], int]] | None = None,
    servers: int | None = 1,
    capacity: int | None = None,
    discipline: Discipline = Discipline.FIFO,
    on_end: Callable[[Job], None] | None = None,
    caller_waits_s: float = 0.0,
) -> StationView:
    """The counts of a station after about `customers` Poisson arrivals at `rate` a second."""
    world = World(1)
    station = Station(
        world,
        service_time(world) if service_time else exponential(world, "service"),
        servers=servers,
        capacity=capacity,
        discipline=discipline,
        patience=patience(world) if patience else None,
    )
    caller_waits_ns = ns(caller_waits_s)

    def arrive() -> None:
        station.arrive(on_end, deadline_ns=world.now + caller_waits_ns)

    poisson(world, rate, arrive)
    world.simulate(ns(customers / rate))
    return station.snapshot()


def mean_wait(view: StationView) -> float:
    return view.waited_ns_total / view.started / SECOND


def mean_sojourn(view: StationView) -> float:
    return view.sojourn_ns_total / view.served / SECOND


def erlang_b(servers: int, offered: float) -> float:
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    blocked = erlang_b(servers, offered)
    return servers * blocked / (servers - offered * (1 - blocked))


@pytest.mark.parametrize(
    ("rho", "customers", "mean_s", "goodput", "goodput_error"),
    [
        (0.5, 4.5e4, 2.0, 0.4966, 0.0015),
        (0.8, 1.9e5, 5.0, 0.692, 0.0125),
        (0.9, 6.8e5, 10.0, 0.569, 0.0145),
    ],
)
def test_mm1_time_in_system_and_goodput_when_callers_wait_ten_service_times(
    rho: float, customers: float, mean_s: float, goodput: float, goodput_error: float
) -> None:
    """Standard errors: of the mean 1.4, 2.1 and 1.8 %; of the goodput .0006, .005 and .006."""
    assert rho * (1 - math.exp(-(1 - rho) * 10)) == pytest.approx(goodput, abs=5e-4)
    view = observe(rho, customers, caller_waits_s=10.0)
    assert mean_sojourn(view) == pytest.approx(mean_s, rel=0.05)
    assert rho * (1 - view.late / view.served) == pytest.approx(goodput, abs=goodput_error)


def test_mm1_goodput_close_to_saturation() -> None:
    """Standard error .022, from 60 runs of Lindley's recursion."""
    view = observe(0.95, 1.5e5, caller_waits_s=10.0)
    assert 0.95 * (1 - view.late / view.served) == pytest.approx(0.374, abs=0.05)


def test_md1_waits_half_as_long_as_mm1() -> None:
    view = observe(0.8, 1.2e5, service_time=lambda _: lambda: SECOND)
    assert mean_wait(view) == pytest.approx(2.0, rel=0.05)


def test_mg1_wait_follows_pollaczek_and_khinchine() -> None:
    def two_phases(world: World) -> Callable[[], int]:
        phase = exponential(world, "service", 0.5)
        return lambda: phase() + phase()

    # Erlang-2 service: E[S^2] = 1.5, so Wq = rho * 1.5 / (2 (1 - rho)).
    view = observe(0.7, 8e4, service_time=two_phases)
    assert mean_wait(view) == pytest.approx(0.7 * 1.5 / (2 * 0.3), rel=0.06)


def test_mg1_wait_grows_with_the_spread_of_service() -> None:
    def mixed(world: World) -> Callable[[], int]:
        short, long = exponential(world, "short", 0.5), exponential(world, "long", 3.0)
        pick = world.random.single("pick").random
        return lambda: long() if pick() < 0.2 else short()

    # 80 % of mean 0.5 and 20 % of mean 3: E[S] = 1, E[S^2] = 2 (0.8 * 0.25 + 0.2 * 9) = 4.
    view = observe(0.5, 8e4, service_time=mixed)
    assert mean_wait(view) == pytest.approx(0.5 * 4 / (2 * 0.5), rel=0.08)


def test_erlang_c_probability_of_waiting_and_wait() -> None:
    view = observe(4.0, 1.2e5, servers=5)
    assert erlang_c(5, 4.0) == pytest.approx(0.5541, abs=5e-5)
    assert view.queued / view.arrived == pytest.approx(0.5541, abs=0.01)
    assert mean_wait(view) == pytest.approx(erlang_c(5, 4.0) / (5 - 4), rel=0.06)


def test_erlang_b_loss() -> None:
    view = observe(8.0, 5e4, servers=10, capacity=10)
    assert erlang_b(10, 8.0) == pytest.approx(0.1217, abs=5e-5)
    assert view.refused / view.arrived == pytest.approx(0.1217, abs=0.005)


def test_erlang_b_loss_does_not_depend_on_the_shape_of_service() -> None:
    view = observe(8.0, 5e4, servers=10, capacity=10, service_time=lambda _: lambda: SECOND)
    assert view.refused / view.arrived == pytest.approx(0.1217, abs=0.005)


def test_mm1k_loss_under_overload() -> None:
    rho, room = 1.2, 20
    exact = (1 - rho) * rho**room / (1 - rho ** (room + 1))
    view = observe(rho, 6e4, capacity=room)
    assert exact == pytest.approx(0.1704, abs=5e-5)
    assert view.refused / view.arrived == pytest.approx(0.1704, abs=0.008)


def birth_death(arrivals: float, leave: Callable[[int], float], states: int = 400) -> list[float]:
    """Long-run shares of time of a birth-death chain."""
    weights = [1.0]
    for n in range(1, states):
        weights.append(weights[-1] * arrivals / leave(n))
    total = sum(weights)
    return [weight / total for weight in weights]


def test_abandonment_of_the_impatient() -> None:
    shares = birth_death(12, lambda n: min(n, 10) + 0.5 * max(n - 10, 0))
    exact = sum(0.5 * max(n - 10, 0) * share for n, share in enumerate(shares)) / 12
    view = observe(12, 6e4, servers=10, patience=lambda w: exponential(w, "patience", 2.0))
    assert exact == pytest.approx(0.1957, abs=5e-5)
    assert view.abandoned / view.arrived == pytest.approx(0.1957, abs=0.006)


def test_abandonment_after_a_fixed_time() -> None:
    # M/M/1+D: who would wait longer than tau leaves (Barrer 1957). Density of the offered wait x:
    # rho p0 e^(-(1-rho) x) up to tau, and falling by e^(-x) from there.
    rho, tau = 1.2, 5.0
    grow = math.exp((rho - 1) * tau)
    idle = 1 / (1 + rho * (grow - 1) / (rho - 1) + rho * grow)
    view = observe(rho, 5e4, patience=lambda _: lambda: ns(tau))
    assert view.abandoned / view.arrived == pytest.approx(idle * rho * grow, abs=0.01)


def test_deadlines_that_reach_into_service_free_the_server() -> None:
    # Each customer leaves at an exponential time after arrival (rate 0.25), served or not: a
    # birth-death chain with death rate 1 + 0.25 n.
    world = World(1)
    station = Station(world, exponential(world, "service"))
    patience = exponential(world, "patience", 4.0)

    def arrive() -> None:
        job = station.arrive()
        world.call_after(patience(), give_up, job)

    def give_up(job: Job) -> None:
        station.withdraw(job)

    poisson(world, 1.2, arrive)
    world.simulate(ns(5e4 / 1.2))
    view = station.snapshot()
    shares = birth_death(1.2, lambda n: 1 + 0.25 * n)
    exact = sum(0.25 * n * share for n, share in enumerate(shares)) / 1.2
    assert view.withdrawn / view.arrived == pytest.approx(exact, abs=0.01)


def test_infinite_servers_hold_offered_load_whatever_the_service_time() -> None:
    for service in (None, lambda _: lambda: SECOND):
        view = observe(20.0, 4e4, servers=None, service_time=service)
        assert view.queued == 0
        assert view.service_ns_total / SECOND / 2e3 == pytest.approx(20.0, rel=0.02)


def test_closed_loop_of_machines_and_one_repairer() -> None:
    # M/M/1//N: 5 machines fail at rate 0.4 each; utilisation of the repairer is 1 - p0.
    world = World(1)
    station = Station(world, exponential(world, "service"))
    life = exponential(world, "life", 2.5)

    def break_down() -> None:
        station.arrive(lambda _: run_on())

    def run_on() -> None:
        world.call_after(life(), break_down)

    for _ in range(5):
        run_on()
    world.simulate(ns(4e4))
    weights = [math.perm(5, n) * 0.4**n for n in range(6)]
    busy = 1 - weights[0] / sum(weights)
    assert station.snapshot().served / 4e4 == pytest.approx(busy, rel=0.02)


def moments_of_wait(discipline: Discipline) -> tuple[float, float]:
    waits: list[float] = []

    def note(job: Job) -> None:
        assert job.started_ns is not None
        waits.append((job.started_ns - job.arrived_ns) / SECOND)

    observe(0.5, 5e4, discipline=discipline, on_end=note)
    return sum(waits) / len(waits), sum(wait * wait for wait in waits) / len(waits)


def test_lifo_waits_as_long_on_average_but_less_evenly() -> None:
    # E[Wq^2] of M/M/1 is 2 rho / (1 - rho)^2 = 4 in order of arrival, and 1/(1 - rho) times that
    # last come first served; E[Wq] is the same.
    mean, second = moments_of_wait(Discipline.FIFO)
    assert mean == pytest.approx(1.0, rel=0.05)
    assert second == pytest.approx(4.0, rel=0.15)
    mean, second = moments_of_wait(Discipline.LIFO)
    assert mean == pytest.approx(1.0, rel=0.05)
    assert second == pytest.approx(8.0, rel=0.25)


def goodput(rho: float, customers: float, discipline: Discipline, seed: int = 1) -> float:
    """Successes a second of a client that waits 10 s and a server that is not told."""
    world = World(seed)
    station = Station(world, exponential(world, "service"), discipline=discipline)
    client = Client(world, serve_attempts(station), timeout_ns=10 * SECOND)
    poisson(world, rho, client.request)
    world.simulate(ns(customers / rho))
    return client.succeeded / (customers / rho)


@pytest.mark.parametrize(
    ("rho", "customers", "expected", "tolerance"),
    [
        (0.8, 4e4, 0.692, 0.028),
        (1.1, 3e4, 0.0, 0.01),
    ],
)
def test_fifo_goodput_with_a_client_time_out(
    rho: float, customers: float, expected: float, tolerance: float
) -> None:
    assert goodput(rho, customers, Discipline.FIFO) == pytest.approx(expected, abs=tolerance)


def drop_stale_goodput(rho: float, tau: float) -> float:
    """Share of capacity that is useful when stale work is dropped: integrated numerically.

    The offered wait is that of M/M/1+D; a customer that starts at x is in time with probability
    1 - e^-(tau - x).
    """
    grow = math.exp((rho - 1) * tau)
    idle = 1 / (1 + rho * (grow - 1) / (rho - 1) + rho * grow)
    steps = 20_000
    step = tau / steps
    in_time = idle * (1 - math.exp(-tau))
    for k in range(steps):
        x = (k + 0.5) * step
        in_time += rho * idle * math.exp((rho - 1) * x) * (1 - math.exp(x - tau)) * step
    return rho * in_time


@pytest.mark.parametrize("rho", [0.8, 1.2, 2.0])
def test_dropping_stale_work_keeps_goodput_above_capacity(rho: float) -> None:
    """Standard error .003 to .008, from 20 runs of the recursion for the wait."""
    found = goodput(rho, 5e4, Discipline.DROP_STALE)
    assert found == pytest.approx(drop_stale_goodput(rho, 10.0), abs=0.02)


def lifo_goodput(rho: float, tau: float) -> float:
    """Last come first served: a busy server makes one wait for a whole busy period.

    Its density is e^(-(1+rho) t) I1(2 t sqrt(rho)) / (t sqrt(rho)), with I1 the modified Bessel
    function, and it never ends with probability 1 - 1/rho when rho is above 1.
    """

    def bessel_i1(z: float) -> float:
        term = total = z / 2
        n = 1
        while term > 1e-17 * total:
            term *= z * z / 4 / (n * (n + 1))
            total += term
            n += 1
        return total

    root = math.sqrt(rho)
    steps = 4_000
    step = tau / steps
    after_wait = 0.0
    for k in range(steps):
        t = (k + 0.5) * step
        density = math.exp(-(1 + rho) * t) * bessel_i1(2 * t * root) / (t * root)
        after_wait += density * (1 - math.exp(t - tau)) * step
    busy = min(rho, 1.0)
    return rho * ((1 - busy) * (1 - math.exp(-tau)) + busy * after_wait)


@pytest.mark.parametrize("rho", [0.8, 1.2])
def test_lifo_goodput_survives_overload(rho: float) -> None:
    found = goodput(rho, 3e4, Discipline.LIFO)
    assert found == pytest.approx(lifo_goodput(rho, 10.0), abs=0.02)


def test_littles_law_holds_to_the_nanosecond() -> None:
    # Time spent in the system, summed over customers, is the number in the system integrated over
    # time, once all have left.
    world = World(3)
    station = Station(world, exponential(world, "service"), servers=2)
    arrivals = poisson(world, 1.8, station.arrive)
    area = 0
    changed_ns = inside = 0

    def account(change: int) -> None:
        nonlocal area, changed_ns, inside
        area += inside * (world.now - changed_ns)
        changed_ns, inside = world.now, inside + change

    arrivals.stop()
    gap = exponential(world, "gaps")

    def leave(job: Job) -> None:
        assert job.fate is Fate.SERVED
        account(-1)

    def arrive(left: int) -> None:
        account(+1)
        station.arrive(leave)
        if left:
            world.call_after(gap() // 2, arrive, left - 1)

    arrive(2_000)
    world.simulate(None)
    assert inside == 0
    assert station.snapshot().sojourn_ns_total == area
