"""The narration: numbered lines that point back to those they follow from."""

from hypothesis import given
from hypothesis import strategies as st

from outage_engine.checkers import Checker
from outage_engine.narration import Cause, Narration
from outage_engine.world import World

TOPICS = st.sampled_from(["", "a", "b", "c", "d"])
TOLD = st.lists(st.tuples(TOPICS, st.lists(TOPICS, max_size=4)), max_size=30)


def narration() -> Narration:
    return Narration(lambda: 7)


@given(TOLD)
def test_a_line_follows_from_earlier_lines_only(told: list[tuple[str, list[str]]]) -> None:
    story = narration()
    for about, because in told:
        story.say("someone", "something", about=about, because=because)
    for line in story.lines:
        assert all(1 <= n < line.n for n in line.because)
        assert len(set(line.because)) == len(line.because) == len(line.via)


@given(TOLD)
def test_a_topic_stands_for_the_latest_line_about_it(told: list[tuple[str, list[str]]]) -> None:
    story = narration()
    for about, because in told:
        before = list(story.lines)
        story.say("someone", "something", about=about, because=because)
        for n in story.lines[-1].because:
            topic = before[n - 1].about
            assert topic
            assert topic in because
            assert all(line.about != topic for line in before[n:])


def test_what_brought_a_cause_stays_with_it() -> None:
    story = narration()
    story.say("zone", "stale", about="stale")
    story.say("enactor", "cleans", about="cleaning")
    story.say(
        "zone",
        "empty",
        because=(Cause("unheard of", "Rumour"), Cause("cleaning", "Delete from enactor"), "stale"),
    )
    last = story.lines[-1]
    assert (last.because, last.via) == ((2, 1), ("Delete from enactor", ""))


def test_a_line_may_follow_from_an_earlier_one_about_its_own_topic() -> None:
    story = narration()
    story.say("zone", "one", about="same", because=("same",))
    story.say("zone", "two", about="same", because=("same",))
    assert [line.because for line in story.lines] == [(), (1,)]


def test_a_law_that_breaks_follows_from_the_line_that_shows_it() -> None:
    world = World(1)
    world.checkers.add(Checker("name.is_never_empty", lambda: True, shown_by="name.empty"))
    world.checkers.add(Checker("sky.is_blue", lambda: True))
    world.narrate("zone", "empty", about="name.empty")
    world.checkers.violate("name.is_never_empty", 0, "no address")
    world.checkers.violate("sky.is_blue", 0, "grey")
    empty, broken, other = world.narration.lines
    assert (broken.about, broken.because) == ("law.name.is_never_empty", (empty.n,))
    assert other.because == ()
