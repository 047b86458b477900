"""Laws of a station: nobody is lost from the books, nobody jumps the queue, no server idles."""

import heapq

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.station import Discipline, Fate, Job, Station, StationView
from outage_engine.world import World

Timeline = list[tuple[int, str]]


def books_balance(view: StationView) -> bool:
    left = view.served + view.refused + view.stale + view.abandoned + view.withdrawn + view.lost
    return view.arrived == left + view.waiting + view.in_service


class Counter:
    """A station whose services all take 10 ns, and a record of who ended when, and how."""

    def __init__(self, **rules: object) -> None:
        self.world = World(1)
        self.station = Station(self.world, lambda: 10, **rules)  # type: ignore[arg-type]
        self.ends: Timeline = []
        self.jobs: dict[str, Job] = {}

    def arrive(self, at_ns: int, name: str, deadline_ns: int | None = None) -> None:
        self.world.call_at(at_ns, self._arrive, name, deadline_ns)

    def withdraw(self, at_ns: int, name: str) -> None:
        self.world.call_at(at_ns, lambda: self.station.withdraw(self.jobs[name]))

    def _arrive(self, name: str, deadline_ns: int | None) -> None:
        def end(job: Job) -> None:
            self.ends.append((self.world.now, f"{name} {job.fate.value}"))

        self.jobs[name] = self.station.arrive(end, deadline_ns=deadline_ns)


def test_first_in_first_out() -> None:
    counter = Counter()
    for at_ns, name in enumerate("abc"):
        counter.arrive(at_ns, name)
    counter.world.simulate(None)
    assert counter.ends == [(10, "a served"), (20, "b served"), (30, "c served")]


def test_last_in_first_out_does_not_interrupt_service() -> None:
    counter = Counter(discipline=Discipline.LIFO)
    for at_ns, name in enumerate("abc"):
        counter.arrive(at_ns, name)
    counter.world.simulate(None)
    assert counter.ends == [(10, "a served"), (20, "c served"), (30, "b served")]


def test_late_work_is_still_served_and_counted_as_late() -> None:
    counter = Counter()
    counter.arrive(0, "a", deadline_ns=10)
    counter.arrive(1, "b", deadline_ns=15)
    counter.world.simulate(None)
    assert counter.ends == [(10, "a served"), (20, "b served")]
    assert counter.station.snapshot().late == 1


def test_stale_work_is_dropped_when_its_turn_comes_at_no_cost() -> None:
    counter = Counter(discipline=Discipline.DROP_STALE)
    counter.arrive(0, "a")
    counter.arrive(1, "b", deadline_ns=9)
    counter.arrive(2, "c", deadline_ns=10)
    counter.world.simulate(None)
    assert counter.ends == [(10, "b stale"), (10, "a served"), (20, "c served")]


def test_who_finds_no_room_is_refused_at_once() -> None:
    counter = Counter(capacity=2)
    for at_ns, name in enumerate("abc"):
        counter.arrive(at_ns, name)
    counter.world.simulate(None)
    assert counter.ends == [(2, "c refused"), (10, "a served"), (20, "b served")]


def test_the_impatient_leave_the_queue_but_not_the_server() -> None:
    counter = Counter(patience=lambda: 5)
    counter.arrive(0, "a")
    counter.arrive(1, "b")
    counter.arrive(6, "c")
    counter.world.simulate(None)
    assert counter.ends == [(6, "b abandoned"), (10, "a served"), (20, "c served")]


def test_withdrawing_from_service_frees_the_server() -> None:
    counter = Counter()
    counter.arrive(0, "a")
    counter.arrive(1, "b")
    counter.withdraw(4, "a")
    counter.withdraw(30, "b")
    counter.world.simulate(None)
    assert counter.ends == [(4, "a withdrawn"), (14, "b served")]
    assert counter.station.snapshot().service_ns_total == 14


def test_withdrawing_from_the_queue_leaves_the_others_in_order() -> None:
    counter = Counter()
    for at_ns, name in enumerate("abcd"):
        counter.arrive(at_ns, name)
    counter.withdraw(5, "b")
    counter.world.simulate(None)
    order = [(5, "b withdrawn"), (10, "a served"), (20, "c served"), (30, "d served")]
    assert counter.ends == order


def test_a_pause_delivers_everything_when_it_ends() -> None:
    counter = Counter(servers=2)
    counter.world.call_at(0, counter.station.pause)
    for at_ns, name in enumerate("abc", start=1):
        counter.arrive(at_ns, name)
    counter.world.call_at(100, counter.station.resume)
    counter.world.simulate(None)
    assert counter.ends == [(110, "a served"), (110, "b served"), (120, "c served")]


def test_a_restart_loses_the_queue_but_not_what_is_in_service() -> None:
    counter = Counter()
    for at_ns, name in enumerate("abc"):
        counter.arrive(at_ns, name)
    counter.world.call_at(5, counter.station.lose_queue)
    counter.world.simulate(None)
    assert counter.ends == [(5, "b lost"), (5, "c lost"), (10, "a served")]


def test_more_servers_take_up_what_waits_and_fewer_let_services_end() -> None:
    counter = Counter()
    for at_ns, name in enumerate("abcd"):
        counter.arrive(at_ns, name)
    counter.world.call_at(5, counter.station.set_servers, 3)
    counter.world.call_at(6, counter.station.set_servers, 1)
    counter.world.simulate(None)
    assert [at for at, _ in counter.ends] == [10, 15, 15, 25]


def test_service_may_slow_down_with_what_is_in_service() -> None:
    world = World(1)
    station: Station
    ends: list[int] = []
    station = Station(world, lambda: 10 * station.in_service, servers=None)
    for _ in range(3):
        world.call_at(0, lambda: station.arrive(lambda _: ends.append(world.now)))
    world.simulate(None)
    assert ends == [10, 20, 30]


def test_who_comes_back_at_once_waits_behind_who_waits() -> None:
    world = World(1)
    station = Station(world, lambda: 10)
    ends: Timeline = []
    back = iter([True, False])

    def end_a(job: Job) -> None:
        ends.append((world.now, "a"))
        if next(back):
            station.arrive(end_a)

    world.call_at(0, lambda: station.arrive(end_a))
    world.call_at(1, lambda: station.arrive(lambda _: ends.append((world.now, "b"))))
    world.simulate(None)
    assert ends == [(10, "a"), (20, "b"), (30, "a")]


def test_who_comes_back_after_being_dropped_waits_behind_who_waits() -> None:
    world = World(1)
    station = Station(world, lambda: 10, discipline=Discipline.DROP_STALE)
    ends: Timeline = []

    def come_back(job: Job) -> None:
        assert job.fate is Fate.STALE
        station.arrive(lambda _: ends.append((world.now, "back")))

    def arrive() -> None:
        station.arrive()
        station.arrive(come_back, deadline_ns=5)
        station.arrive(lambda _: ends.append((world.now, "waited")))

    world.call_at(0, arrive)
    world.simulate(None)
    assert ends == [(20, "waited"), (30, "back")]


def test_who_hears_of_a_lost_queue_finds_all_of_it_lost() -> None:
    world = World(1)
    station = Station(world, lambda: 10)
    withdrawn: list[bool] = []

    def arrive() -> None:
        station.arrive()
        station.arrive(lambda _: withdrawn.append(station.withdraw(last)))
        last = station.arrive()

    world.call_at(0, arrive)
    world.call_at(5, station.lose_queue)
    world.simulate(None)
    assert withdrawn == [False]
    assert station.snapshot().lost == 2
    assert books_balance(station.snapshot())


def test_a_queue_of_people_who_left_is_swept() -> None:
    world = World(1)
    station = Station(world, lambda: 1_000_000, patience=lambda: 5, discipline=Discipline.LIFO)
    for at_ns in range(0, 5_000, 2):
        world.call_at(at_ns, station.arrive)
    world.simulate(6_000)
    assert station.waiting == 0
    assert station.snapshot().abandoned == 2_499
    assert len(station._queue) < 200


@pytest.mark.parametrize("rules", [{"servers": -1}, {"capacity": -1}])
def test_negative_sizes_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        Station(World(1), lambda: 1, **rules)  # type: ignore[arg-type]


@attrs.frozen
class Visit:
    """One customer of a random plan."""

    gap_ns: int
    service_ns: int
    patience_ns: int
    deadline_ns: int | None


visits = st.lists(
    st.builds(
        Visit,
        gap_ns=st.integers(0, 30),
        service_ns=st.integers(0, 40),
        patience_ns=st.integers(0, 60),
        deadline_ns=st.none() | st.integers(0, 60),
    ),
    max_size=40,
)
orders = st.sampled_from(
    ["pause", "resume", "lose", "servers 0", "servers 1", "servers 3", "room 0", "room 4",
     "room none", "withdraw first", "withdraw last"]
)  # fmt: skip


class Drama:
    """A station under a random plan of visits and orders; checks its laws after each of them."""

    def __init__(self, plan: list[Visit], discipline: Discipline, *, impatient: bool) -> None:
        self.world = World(1)
        services = iter([visit.service_ns for visit in plan])
        patience = iter([visit.patience_ns for visit in plan])
        self.station = Station(
            self.world,
            lambda: next(services),
            servers=2,
            discipline=discipline,
            patience=(lambda: next(patience)) if impatient else None,
        )
        self.jobs: list[Job] = []
        self.told: list[Job] = []
        self.servers = 2
        self.paused = False
        at_ns = 0
        for visit in plan:
            at_ns += visit.gap_ns
            self.world.call_at(at_ns, self.arrive, visit)

    def arrive(self, visit: Visit) -> None:
        deadline_ns = None if visit.deadline_ns is None else self.world.now + visit.deadline_ns
        self.jobs.append(self.station.arrive(self.told.append, deadline_ns=deadline_ns))
        self.check()

    def order(self, what: str) -> None:
        station = self.station
        verb, _, detail = what.partition(" ")
        if verb in ("pause", "resume"):
            self.paused = verb == "pause"
            station.pause() if self.paused else station.resume()
        elif verb == "lose":
            station.lose_queue()
        elif verb == "servers":
            self.servers = int(detail)
            station.set_servers(self.servers)
        elif verb == "room":
            station.set_capacity(None if detail == "none" else int(detail))
        elif self.jobs:
            station.withdraw(self.jobs[0 if detail == "first" else -1])
        self.check()

    def check(self) -> None:
        view = self.station.snapshot()
        assert books_balance(view)
        assert len(self.jobs) <= view.arrived
        assert view.waiting == 0 or self.paused or view.in_service >= self.servers


@settings(max_examples=100, deadline=None)
@given(
    plan=visits,
    script=st.lists(st.tuples(st.integers(0, 600), orders), max_size=12),
    discipline=st.sampled_from(Discipline),
    impatient=st.booleans(),
)
def test_the_books_balance_whatever_happens(
    plan: list[Visit], script: list[tuple[int, str]], discipline: Discipline, impatient: bool
) -> None:
    drama = Drama(plan, discipline, impatient=impatient)
    for at_ns, what in script:
        drama.world.call_at(at_ns, drama.order, what)
    drama.world.simulate(100_000)
    drama.check()
    inside = [job for job in drama.jobs if job.fate in (Fate.WAITING, Fate.IN_SERVICE)]
    view = drama.station.snapshot()
    assert len(inside) == view.waiting + view.in_service
    assert len(drama.told) == len(plan) - len(inside)
    assert len({id(job) for job in drama.told}) == len(drama.told)


@settings(max_examples=100, deadline=None)
@given(plan=visits, servers=st.integers(1, 4))
def test_first_in_first_out_starts_when_lindley_says(plan: list[Visit], servers: int) -> None:
    world = World(1)
    services = iter([visit.service_ns for visit in plan])
    station = Station(world, lambda: next(services), servers=servers)
    jobs: list[Job] = []
    at_ns = 0
    free_at = [0] * servers
    expected: list[int] = []
    for visit in plan:
        at_ns += visit.gap_ns
        world.call_at(at_ns, lambda: jobs.append(station.arrive()))
        expected.append(max(at_ns, heapq.heappop(free_at)))
        heapq.heappush(free_at, expected[-1] + visit.service_ns)
    world.simulate(None)
    assert [job.started_ns for job in jobs] == expected


@settings(max_examples=40, deadline=None)
@given(plan=visits)
def test_what_is_dropped_as_stale_could_not_have_started_in_time(plan: list[Visit]) -> None:
    drama = Drama(plan, Discipline.DROP_STALE, impatient=False)
    drama.world.simulate(None)
    for job in drama.jobs:
        if job.deadline_ns is not None and job.fate is Fate.SERVED:
            assert job.started_ns is not None
            assert job.started_ns <= job.deadline_ns or job.started_ns == job.arrived_ns
    starts = [job.started_ns for job in drama.jobs if job.fate is Fate.SERVED]
    assert starts == sorted(starts, key=lambda start: start or 0)


@settings(max_examples=40, deadline=None)
@given(plan=visits)
def test_the_discipline_changes_who_waits_not_how_much_work_is_done(plan: list[Visit]) -> None:
    last_ends: list[int] = []
    for discipline in (Discipline.FIFO, Discipline.LIFO):
        world = World(1)
        station = Station(world, lambda: 7, discipline=discipline)
        at_ns = 0
        for visit in plan:
            at_ns += visit.gap_ns
            world.call_at(at_ns, station.arrive)
        world.simulate(None)
        last_ends.append(world.now)
        assert station.snapshot().service_ns_total == 7 * len(plan)
    assert last_ends[0] == last_ends[1]
