"""Faults of actors and links: what each does, that it ends, and that several compose."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.actor import Actor, Envelope
from outage_engine.clock import MILLISECOND, SECOND
from outage_engine.errors import AskTimedOut
from outage_engine.faults import ActorFault
from outage_engine.heap import INPUT
from outage_engine.heartbeats import FellSilent, HeardAgain
from outage_engine.links import LinkFault
from outage_engine.station import Station
from outage_engine.testing import Timeline
from outage_engine.world import World


@attrs.define
class Note:
    """A message."""

    number: int


class Ticker(Actor):
    """Ticks every second on a schedule of its own, and says so."""

    def __init__(self, name: str, timeline: Timeline) -> None:
        super().__init__(name)
        self._timeline = timeline

    async def main(self) -> None:
        tick_ns = self.world.now + SECOND
        while True:
            await self.sleep_until(tick_ns)
            self._timeline.note(self, "tick")
            tick_ns = self.tick_after(tick_ns, SECOND)


class Sender(Actor):
    """Sends a numbered note every second."""

    def __init__(self, name: str, to: str) -> None:
        super().__init__(name)
        self._to = to

    async def main(self) -> None:
        number = 0
        while True:
            await self.sleep(SECOND)
            number += 1
            self.send(self._to, Note(number))


class Reader(Actor):
    """Notes every message it reads."""

    def __init__(self, name: str, timeline: Timeline) -> None:
        super().__init__(name)
        self._timeline = timeline

    async def main(self) -> None:
        while True:
            told = await self.receive()
            assert told is not None
            message = told.message
            text = str(message.number) if isinstance(message, Note) else repr(message)
            self._timeline.note(self, text)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


def during(world: World, fault: ActorFault | LinkFault, begin_s: float, end_s: float) -> None:
    """Have a fault in force from one second to another."""
    world.call_at(int(begin_s * SECOND), world.faults.begin, fault, priority=INPUT)
    world.call_at(int(end_s * SECOND), world.faults.end, fault, priority=INPUT)


def ticks(timeline: Timeline) -> list[float]:
    return [at_ms / 1000 for at_ms, _, what in timeline.entries if what == "tick"]


def test_a_slowed_ticker_ticks_so_many_times_more_rarely_and_then_as_before(
    timeline: Timeline,
) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    during(world, ActorFault(("ticker",), slowness=3.0), 2, 11)
    world.simulate(14 * SECOND)
    assert ticks(timeline) == [1, 2, 5, 8, 11, 12, 13, 14]


def test_what_is_under_way_when_it_is_slowed_takes_longer_and_less_long_again(
    timeline: Timeline,
) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    during(world, ActorFault(("ticker",), slowness=100.0), 1.5, 2.5)
    world.simulate(5 * SECOND)
    # Half a second was left; a hundredth of the second it was slowed for went from that.
    assert ticks(timeline) == [1, 2.99, 3, 4, 5]


def test_messages_do_not_shorten_what_a_slowed_actor_waits_for(timeline: Timeline) -> None:
    class Listener(Actor):
        async def main(self) -> None:
            due_ns = 4 * SECOND
            while (await self.receive_until(due_ns)) is not None:
                pass
            timeline.note(self, "tick")

    world = World()
    world.add(Listener("listener"))
    world.add(Sender("sender", "listener"))
    during(world, ActorFault(("listener",), slowness=3.0), 1.5, 19)
    world.simulate(20 * SECOND)
    assert ticks(timeline) == [9]


def test_slownesses_multiply_and_each_ends_alone(timeline: Timeline) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    during(world, ActorFault(("ticker",), slowness=2.0), 1, 9)
    during(world, ActorFault(("ticker",), slowness=3.0), 1, 7)
    world.simulate(11 * SECOND)
    assert ticks(timeline) == [1, 7, 9, 10, 11]


def test_services_of_a_slowed_actors_station_take_longer() -> None:
    world = World()
    actor = Ticker("ticker", Timeline())
    world.add(actor)
    ends: list[int] = []
    station = Station(actor, lambda: SECOND)

    def arrive() -> None:
        station.arrive(lambda _: ends.append(world.now))

    world.call_at(int(0.5 * SECOND), arrive)
    world.call_at(4 * SECOND, arrive)
    during(world, ActorFault(("ticker",), slowness=2.0), 1, 3)
    world.simulate(10 * SECOND)
    assert ends == [2 * SECOND, 5 * SECOND]


def test_patience_is_counted_by_the_clock_of_a_slowed_actor_too() -> None:
    waited: list[int] = []

    class Asker(Actor):
        async def main(self) -> None:
            await self.sleep(SECOND)
            asked_ns = self.world.now
            with pytest.raises(AskTimedOut):
                await self.ask("nobody", Note(1), SECOND)
            waited.append(self.world.now - asked_ns)

    world = World()
    world.add(Asker("asker"))
    world.faults.begin(ActorFault(("asker",), slowness=5.0))
    world.simulate(10 * SECOND)
    assert waited == [SECOND]


def test_a_crashed_actor_acts_no_more_and_starts_with_an_empty_inbox(timeline: Timeline) -> None:
    world = World()
    world.add(Sender("sender", "reader"))
    world.add(Reader("reader", timeline))
    during(world, ActorFault(("reader",), down=True), 1.5, 3.5)
    world.simulate(5 * SECOND)
    assert timeline.of("reader") == ["1", "4"]
    assert world.message_counts().undelivered == 2


def test_a_callback_of_an_actors_own_dies_with_it_and_waits_for_its_pause(
    timeline: Timeline,
) -> None:
    world = World()
    actor = Ticker("ticker", timeline)
    world.add(actor)
    seen: list[tuple[str, int]] = []

    def note(name: str) -> None:
        seen.append((name, world.now // SECOND))

    def plan() -> None:
        actor.call_after(2 * SECOND, note, "dies")
        world.call_after(2 * SECOND, note, "the world's own lives")

    world.call_at(SECOND, plan)
    during(world, ActorFault(("ticker",), down=True), 2, 4)
    world.call_at(5 * SECOND, actor.call_after, SECOND, note, "waits")
    during(world, ActorFault(("ticker",), paused=True), 5.5, 8)
    world.simulate(10 * SECOND)
    assert seen == [("the world's own lives", 3), ("waits", 8)]


def test_who_is_down_for_two_reasons_starts_when_both_are_over(timeline: Timeline) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    during(world, ActorFault(("ticker",), down=True), 0, 3)
    during(world, ActorFault(("ticker",), down=True), 2, 5)
    world.call_at(4 * SECOND, world.faults.restart, ("ticker",), priority=INPUT)
    world.simulate(7 * SECOND)
    assert ticks(timeline) == [6, 7]


def test_who_crashes_while_paused_stays_paused_when_it_starts_again(timeline: Timeline) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    during(world, ActorFault(("ticker",), paused=True), 1, 6)
    during(world, ActorFault(("ticker",), down=True), 2, 3)
    world.simulate(8 * SECOND)
    assert ticks(timeline) == [7, 8]


def test_what_came_during_a_pause_is_read_afterwards_in_order(timeline: Timeline) -> None:
    world = World()
    world.add(Sender("sender", "reader"))
    world.add(Reader("reader", timeline))
    during(world, ActorFault(("reader",), paused=True), 0.5, 3.5)
    during(world, ActorFault(("reader",), paused=True), 2, 4.5)
    world.simulate(6 * SECOND)
    assert [(at, what) for at, _, what in timeline.entries] == [
        (4500, "1"), (4500, "2"), (4500, "3"), (4500, "4"), (5001, "5")
    ]  # fmt: skip


def test_a_ticker_makes_up_for_nothing_after_a_pause(timeline: Timeline) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    during(world, ActorFault(("ticker",), paused=True), 1.5, 5.25)
    world.simulate(8 * SECOND)
    assert ticks(timeline) == [1, 5.25, 6.25, 7.25]


def test_a_restart_is_over_at_once(timeline: Timeline) -> None:
    world = World()
    world.add(Ticker("ticker", timeline))
    world.call_at(int(1.5 * SECOND), world.faults.restart, ("ticker",), priority=INPUT)
    world.simulate(4 * SECOND)
    assert ticks(timeline) == [1, 2.5, 3.5]


def link_run(*faults: tuple[LinkFault, float, float]) -> list[tuple[int, str]]:
    """When the reader reads which note, while link faults begin and end."""
    timeline = Timeline()
    world = World()
    world.add(Sender("sender", "reader"))
    world.add(Reader("reader", timeline))
    for fault, begin_s, end_s in faults:
        during(world, fault, begin_s, end_s)
    world.simulate(8 * SECOND + MILLISECOND)
    assert world.message_counts().balance == 0
    return [(at, what) for at, _, what in timeline.entries]


def test_added_latencies_add_up_and_end_apart() -> None:
    first = LinkFault("sender", "*", latency_ns=100 * MILLISECOND)
    second = LinkFault("*", "reader", latency_ns=20 * MILLISECOND)
    read = link_run((first, 1.5, 4.5), (second, 2.5, 5.5))
    assert [at for at, _ in read] == [1001, 2101, 3121, 4121, 5021, 6001, 7001, 8001]


def test_a_cut_lasts_until_the_last_of_two_ends() -> None:
    cut = LinkFault("sender", "reader", cut=True)
    read = link_run((cut, 1.5, 3.5), (LinkFault("sen*", "reader", cut=True), 2.5, 5.5))
    assert [what for _, what in read] == ["1", "6", "7", "8"]


def test_a_one_way_cut_leaves_the_way_back_and_a_two_way_one_does_not() -> None:
    back = LinkFault("reader", "sender", cut=True)
    assert len(link_run((back, 0, 8))) == 8
    assert link_run((LinkFault("reader", "sender", two_way=True, cut=True), 0, 9)) == []


def test_held_messages_travel_when_the_last_hold_ends() -> None:
    hold = LinkFault("sender", "reader", held=True)
    read = link_run((hold, 0.5, 3.5), (LinkFault("sender", "reader", held=True), 2.5, 4.5))
    assert read[:4] == [(4501, "1"), (4501, "2"), (4501, "3"), (4501, "4")]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_message_must_survive_every_loss(first: float, second: float) -> None:
    world = World()
    world.links.strike(LinkFault("a", "b", loss=first))
    world.links.strike(LinkFault("*", "*", loss=second))
    loss = world.links.route("a", "b").link.loss
    assert loss == pytest.approx(1 - (1 - first) * (1 - second), abs=1e-12)
    assert 0.0 <= loss <= 1.0


def test_no_fault_strikes_messages_to_oneself_nor_links_that_are_kept_whole() -> None:
    world = World()
    world.links.keep_whole("stage")
    world.links.strike(LinkFault("*", "*", cut=True))
    assert world.links.route("a", "b").cut
    assert not world.links.route("a", "a").cut
    assert not world.links.route("a", "stage").cut
    assert not world.links.route("stage", "a").cut


def test_the_listener_hears_of_a_silence_once_and_of_its_end() -> None:
    timeline = Timeline()
    world = World()
    world.add(Reader("listener", timeline))
    world.add(Ticker("peer", timeline))
    world.heartbeats.listen("listener", "peer", 2 * SECOND)
    during(world, ActorFault(("peer",), paused=True), 1, 2)  # too short to be noticed
    during(world, ActorFault(("peer",), down=True), 3, 8)
    during(world, LinkFault("peer", "listener", cut=True), 6, 9)
    world.simulate(12 * SECOND)
    told = [(at, what) for at, who, what in timeline.entries if who == "listener"]
    assert told == [(5000, repr(FellSilent("peer"))), (9000, repr(HeardAgain("peer")))]


def test_the_passage_of_a_flow_is_what_its_messages_would_meet() -> None:
    world = World()
    world.add(Ticker("server", Timeline()))
    assert world.passage("client", "server", SECOND) == 1.0
    assert world.passage("client", "nobody", SECOND) == 1.0
    world.actor("server").failing_share = 0.5
    loss = LinkFault("client", "server", loss=0.5)
    world.faults.begin(loss)
    assert world.passage("client", "server", SECOND) == pytest.approx(0.25)
    late = LinkFault("server", "client", latency_ns=2 * SECOND)
    world.faults.begin(late)
    assert world.passage("client", "server", SECOND) == 0.0
    world.faults.end(late)
    world.faults.end(loss)
    assert world.passage("client", "server", SECOND) == 0.5


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 8), st.integers(1, 8)), max_size=6))
def test_after_all_faults_have_ended_nothing_of_them_is_left(
    faults: list[tuple[int, int, int]],
) -> None:
    timeline = Timeline()
    world = World()
    world.add(Sender("sender", "reader"))
    reader = Reader("reader", timeline)
    world.add(reader)
    for what, begin_s, lasts_s in faults:
        fault = ActorFault(("reader",), what == 0, what == 1, 3.0 if what == 2 else 1.0)
        during(world, fault, begin_s, begin_s + lasts_s)
    world.simulate(20 * SECOND + MILLISECOND)
    assert (reader.down, reader.paused, reader.slowness) == (False, False, 1.0)
    assert timeline.entries[-1] == (20_001, "reader", "20")
    counts = world.message_counts()
    assert counts.balance == 0
    assert len(timeline.entries) + counts.undelivered == counts.sent


def test_a_fault_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="slowness"):
        ActorFault(("a",), slowness=0.0)
    with pytest.raises(ValueError, match="loss"):
        LinkFault("a", "b", loss=1.5)
    with pytest.raises(KeyError):
        World().faults.begin(ActorFault(("nobody",), down=True))


def test_an_envelope_is_handed_over_without_a_link() -> None:
    timeline = Timeline()
    world = World()
    world.add(Reader("reader", timeline))
    world.links.strike(LinkFault("*", "*", cut=True))
    world.call_at(
        SECOND, lambda: world.hand_over(Envelope("input", "reader", Note(7), world.now, world))
    )
    world.simulate(2 * SECOND)
    assert timeline.entries == [(1000, "reader", "7")]
