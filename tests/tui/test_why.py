"""Why? The chain in words, and the screen that shows it."""

import asyncio

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.pilot import Pilot

from outage_agents.views import NarrationView
from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.scene import Scene
from outage_tui.dashboard.renderables.why import (
    chain_numbers,
    draw_why,
    event_subject,
    explained,
    happened,
    milestone_subject,
    service_subject,
    subject_of,
    subjects,
)
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.screens.why_screen import WhyScreen
from outage_tui.dashboard.source import History, Status
from outage_tui.dashboard.staged import HELLO, Moment, StagedSource, narration, region
from outage_tui.dashboard.widgets.events_panel import EventsPanel
from outage_tui.dashboard.widgets.sheet import Sheet


def scene(moment: Moment) -> Scene:
    view = region(moment)
    return Scene(
        hello=HELLO,
        clock=Clock(HELLO.start, HELLO.epoch_s),
        status=Status(t_ns=view.t_ns),
        view=view,
        history=lambda _: History(),
        lines=narration(moment),
        markers=(),
        milestones=view.milestones,
        ink=ink_for("dark", ascii=False),
    )


def words(lines: list[Line]) -> str:
    return " ".join(" ".join(line.text for line in lines).split())


# -- the chain in words


def test_a_chain_says_who_sent_what_to_whom_back_to_what_set_it_off() -> None:
    told = words(draw_why(event_subject(scene("empty"), 8), scene("empty"), 100))
    steps = (
        "23:51:00 service-lambda: More than 1 % of calls fail",
        "because resolver-ec2 sent service-lambda: Answer",
        "23:48:00 route53: Plan 3012 was deleted in use",
        "because enactor-3 sent route53: ChangeBatch",
        "23:47:30 enactor-3: Flips the regional endpoint",
        "Held before it reads the regional lock",
        "Set off by the staged slow Enactor.",
    )
    places = [told.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_each_step_names_its_source_or_says_that_it_is_assumed() -> None:
    told = words(draw_why(event_subject(scene("empty"), 8), scene("empty"), 100))
    assert told.count("source: ") == 4
    assert "source: post-event summary, DynamoDB" in told
    assert "assumed" in told


def test_what_else_a_line_follows_from_stands_below_it() -> None:
    now = scene("collapsed")
    drawn = explained(event_subject(now, 13), now, 100)
    assert "also: 23:48:24 dwfm-az1-1: State checks fail" in words(drawn.lines)
    assert chain_numbers(event_subject(now, 13), now)[:3] == [13, 7, 12]


def test_a_milestone_says_its_condition_and_the_line_that_met_it() -> None:
    now = scene("empty")
    empty = next(one for one in now.milestones if one.id == "dns_record_empty")
    subject = milestone_subject(now, empty)
    told = words(draw_why(subject, now, 100))
    assert subject.n == 6
    assert "counts as happened when: the authoritative regional name has no address" in told


def test_a_milestone_of_the_future_is_not_explained() -> None:
    now = scene("empty")
    later = next(one for one in now.milestones if one.id == "event_over")
    assert "has not happened" in words(draw_why(milestone_subject(now, later), now, 80))


def test_an_old_recording_says_that_it_keeps_no_causes() -> None:
    bare = tuple(replace(line, about="", because=(), via=()) for line in narration("empty"))
    now = attrs.evolve(scene("empty"), lines=bare)
    assert "keeps no causes" in words(draw_why(event_subject(now, 6), now, 80))


def test_a_failing_service_is_explained_by_its_latest_line() -> None:
    now = scene("flapping")
    line = NarrationView(
        20, now.view.t_ns, "service-sts", "warning", "STS: 4% of requests fail, through NLB",
        "service.sts.down", (16,), ("ZoneCapacity from nlb-az2",),
    )  # fmt: skip
    service = replace(now.view.services[1], name="STS", state="degraded", through="NLB")
    now = attrs.evolve(now, lines=(*now.lines, line))
    subject = service_subject(now, service)
    assert subject.n == 20
    assert subject.words.startswith("STS is degraded")
    assert "through NLB" in subject.words


@pytest.mark.parametrize(
    ("part", "n"),
    [("dns", 6), ("leases", 13), ("launches", 15), ("nlb", 16), ("services", 17), ("", 17)],
)
def test_a_panel_asks_about_what_it_told_of_last(part: str, n: int) -> None:
    now = scene("flapping")
    calm = tuple(replace(one, state="ok") for one in now.view.services)
    now = attrs.evolve(now, view=replace(now.view, services=calm))
    subject = subject_of(now, part, 0)
    assert subject is not None
    assert subject.n == n


def test_the_timeline_asks_about_the_last_milestone() -> None:
    now = scene("empty")
    subject = subject_of(now, "timeline", 0)
    assert subject is not None
    assert subject.title == "DWFM state checks fail"


def test_before_anything_was_told_there_is_nothing_to_ask() -> None:
    assert subject_of(attrs.evolve(scene("normal"), lines=()), "dns", 0) is None


def test_all_milestones_so_far_and_failing_services_can_be_gone_through() -> None:
    now = scene("flapping")
    listed = subjects(now, event_subject(now, 16))
    failing = [one.name for one in now.view.services if one.state != "ok"]
    assert len(listed) == 1 + len(happened(now)) + len(failing)
    assert [one.title for one in listed[-len(failing) :]] == failing


@given(width=st.integers(12, 200), n=st.integers(1, 17), chosen=st.integers(0, 17))
def test_a_chain_fits_every_width(width: int, n: int, chosen: int) -> None:
    now = scene("flapping")
    drawn = explained(event_subject(now, n), now, width, chosen)
    assert len(drawn.lines) == len(drawn.numbers)
    assert all(line.cut(width).width <= width for line in drawn.lines)


# -- the keys


def drive(session: "object", moment: Moment = "flapping") -> None:
    async def run() -> None:
        app = OutageApp(StagedSource(moment), ticking=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            await session(pilot, app)  # type: ignore[operator]

    asyncio.run(run())


def why(app: OutageApp) -> WhyScreen:
    screen = app.screen
    assert isinstance(screen, WhyScreen)
    return screen


def test_w_explains_the_chosen_event_and_escape_comes_back() -> None:
    async def session(pilot: Pilot[int], app: OutageApp) -> None:
        await pilot.press("7", "k", "k", "w")
        await pilot.pause()
        assert why(app).subject.n == 16
        shown = why(app).query_one(Sheet).shown_text
        assert "nlb-az2: Checks come 41 s late" in shown
        await pilot.press("escape")
        assert not isinstance(app.screen, WhyScreen)

    drive(session)


def test_enter_asks_on_and_backspace_goes_back() -> None:
    async def session(pilot: Pilot[int], app: OutageApp) -> None:
        await pilot.press("7", "k", "w", "j", "j", "enter")
        await pilot.pause()
        assert why(app).subject.n == 16
        await pilot.press("backspace")
        assert why(app).subject.n == 17

    drive(session)


def test_brackets_go_through_the_milestones() -> None:
    async def session(pilot: Pilot[int], app: OutageApp) -> None:
        await pilot.press("1", "w", "right_square_bracket")
        await pilot.pause()
        assert why(app).subject.title == "DNS record empty"
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert why(app).subject.title != "DNS record empty"

    drive(session)


def test_the_chosen_event_stays_chosen_while_new_ones_come_and_j_follows_again() -> None:
    async def session(pilot: Pilot[int], app: OutageApp) -> None:
        await pilot.press("7", "k", "k", "k")
        panel = app.main.query_one(EventsPanel)
        chosen = panel.chosen
        assert chosen == 15
        assert ">" in panel.shown_text
        app.tick()
        assert panel.chosen == chosen
        await pilot.press("j", "j", "j")
        assert panel.chosen == 0
        assert ">" not in panel.shown_text

    drive(session)


def test_without_a_focus_w_explains_the_latest_failure() -> None:
    async def session(pilot: Pilot[int], app: OutageApp) -> None:
        await pilot.press("w")
        await pilot.pause()
        assert why(app).subject.n == 17

    drive(session)


def test_y_copies_the_chosen_event() -> None:
    async def session(pilot: Pilot[int], app: OutageApp) -> None:
        await pilot.press("7", "k", "k", "y")
        assert "nlb-az2" in app.clipboard
        assert "Checks come 41 s late" in app.clipboard
        assert len(app.clipboard.splitlines()) == 1

    drive(session)
