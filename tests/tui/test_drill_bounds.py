"""What somebody who was let in can do to everybody's views and to the run, by saying a lot.

Whatever is said here has come through `read_request`, as everything that reaches a drill has.
"""

from collections.abc import Callable
from pathlib import Path

import trio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from outage_agents.actions import CATALOGUE
from outage_agents.drills.drill import SEATS
from outage_agents.drills.drill_file import load_drill
from outage_agents.drills.journal import (
    Ask,
    Begin,
    CallOff,
    Command,
    Decide,
    Hypothesis,
    Mark,
    Note,
    Post,
    Rank,
    Stop,
    Task,
    Verify,
    Wait,
)
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.work import BEGUN_MAX
from outage_tui.drill_link import FACILITATOR, FRAME_BYTES_MAX, Say, encode_request, pack_view
from outage_tui.drill_requests import read_request
from outage_tui.link_messages import LinkError

from .test_drill_requests import SAID

SHORT = Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml"
EVERYBODY = (*SEATS, "evaluator", FACILITATOR)
FLAMES = "\N{FIRE}" * 990
"""Long in characters, and four bytes each."""
LOUD: tuple[tuple[str, Callable[[int], Command]], ...] = (
    ("commander", lambda n: Hypothesis(f"{n} {FLAMES}")),
    ("commander", lambda n: Decide(f"{n}", FLAMES, FLAMES, by_min=n)),
    ("commander", lambda _: Task("operations", FLAMES)),
    ("commander", lambda _: Ask("Kim", FLAMES)),
    ("communications", lambda _: Post(claims=[FLAMES] * 3)),
    ("scribe", lambda _: Note(FLAMES)),
    ("operations", lambda _: Verify("dns.inspect", FLAMES)),
    ("operations", lambda _: Begin("dns.restore_from_rollback", {"note": FLAMES})),
    ("operations", lambda _: Begin(FLAMES)),
    ("evaluator", lambda _: Mark("commander", "P", FLAMES)),
    ("observer", lambda n: Rank([f"{n}", FLAMES], FLAMES)),
)


def said(stage: Stage, seat: str, command: Command) -> str:
    """What a seat's client sends, as it reaches the drill."""
    try:
        request = read_request(encode_request(Say(1, command)).rstrip(b"\n"))
    except LinkError as error:
        return str(error)
    assert isinstance(request, Say)
    return stage.take(seat, request.command)


def sizes(stage: Stage) -> dict[str, int]:
    """Bytes of everybody's view."""
    views = {seat: len(bytes(pack_view(stage.director.view_of(seat)))) for seat in EVERYBODY[:-1]}
    return views | {FACILITATOR: len(bytes(pack_view(stage.director.facilitator_view())))}


async def test_however_much_is_said_everybodys_view_fits_into_a_frame() -> None:
    stage = Stage.of(load_drill(str(SHORT)))
    async with stage.simulation.world.running():
        await stage.come_to_begin()
        for n in range(250):
            for seat, command in LOUD:
                said(stage, seat, command(n))
        assert max(sizes(stage).values()) < FRAME_BYTES_MAX * 3 // 4
        await stage.go_to(stage.next_sample_ns)
        assert max(sizes(stage).values()) < FRAME_BYTES_MAX * 3 // 4


async def test_actions_that_are_begun_and_called_off_again_and_again_have_an_end() -> None:
    stage = Stage.of(load_drill(str(SHORT)))
    async with stage.simulation.world.running():
        await stage.come_to_begin()
        for _ in range(BEGUN_MAX):
            answer = said(stage, "operations", Begin("zone.look"))
            assert answer.startswith("begun")
            said(stage, "operations", CallOff(answer.removeprefix("begun: ")))
        assert "no more are taken" in said(stage, "operations", Begin("zone.look"))
        assert len(stage.simulation.scenario.script) <= BEGUN_MAX


WORDS = st.sampled_from(
    (
        *(action.id for action in CATALOGUE),
        *("zone.look", "zone.look#1", "empty", "errors", "Kim", "all", "operations", "commander"),
        *("empty > 10 for 1m", "(" * 300 + "empty > 1" + ")" * 300, "not " * 400 + "empty > 1"),
        *("25:99", "T+99999999999m", "00:10", "99999999999m", "1e999", "NaN", "ROLLBACK"),
        *("kill:*", "kill:[", "pause:*+99999999999h", "slow:*,factor=1e300", "swarm:99999"),
        *("%s", "{0}", "../../etc/passwd", "off", "hold", "value", "restore", ""),
    )
)
NUMBERS = st.sampled_from((0.0, 1.0, -1.0, 1e-300, 60.0, 1e6, -1e6, 1e12))
ARGS = st.dictionaries(WORDS, WORDS | NUMBERS, max_size=3)
LIKELY: st.SearchStrategy[Command] = st.one_of(
    st.builds(Begin, WORDS, ARGS),
    st.builds(Task, WORDS, WORDS, WORDS, ARGS),
    st.builds(CallOff, WORDS),
    st.builds(Wait, st.sampled_from((0.0, 5.0, -5.0, 1e6)), WORDS),
    st.builds(Decide, WORDS, WORDS, WORDS, st.sampled_from((15, -15, 10**6))),
)


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.tuples(st.sampled_from(EVERYBODY), LIKELY | SAID), min_size=20, max_size=60))
def test_whatever_is_said_from_whatever_seat_the_drill_goes_on(
    commands: list[tuple[str, Command]],
) -> None:
    async def play() -> None:
        stage = Stage.of(load_drill(str(SHORT)))
        async with stage.simulation.world.running():
            await stage.come_to_begin()
            for n, (seat, command) in enumerate(commands):
                if not isinstance(command, Stop):
                    assert isinstance(said(stage, seat, command), str)
                if n % 5 == 0 and not stage.director.over:
                    before_ns = stage.now_ns
                    await stage.go_to(stage.next_sample_ns)
                    assert stage.now_ns > before_ns
            assert max(sizes(stage).values()) < FRAME_BYTES_MAX
            stage.score()

    trio.run(play)
