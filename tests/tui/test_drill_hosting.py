"""What `drill host` says before it starts anything, and of listening beyond this machine."""

import socket

import pytest

from outage_agents.drills.drill_file import load_drill
from outage_tui.drill_codes import openable_seats
from outage_tui.drill_door import DoorOrder
from outage_tui.drill_hosting import hosted, how_to_join, warning
from outage_tui.drill_link import EVALUATOR, FACILITATOR
from outage_tui.mishap import BadUsage

from .conftest import Program
from .test_drill_together import SHORT

PLAYED = ("commander", "operations")
DOOR = DoorOrder((3,), "127.0.0.1:4711", "HHHH-HHHH", "KKKK-KKKK", "LLLL-LLLL")


def host(**changed: object) -> int:
    """`drill host` with these options."""
    given: dict[str, object] = {
        "drill": str(SHORT),
        "seat": FACILITATOR,
        "name": "",
        "blind": False,
        "port": 0,
        "beyond": None,
        "headless": False,
        "as_json": False,
        "theme": None,
        "no_record": True,
    }
    return hosted(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"seat": "pilot"}, "where you host you can be commander"),
        ({"seat": "solo"}, "where you host you can be commander"),
        ({"seat": "commander", "blind": True}, "you see no truth anyway"),
        ({"as_json": True}, "is for --headless"),
        ({}, "there is no terminal to lead"),
        ({"headless": True, "blind": True}, "nobody sits here"),
        ({"headless": True, "seat": "commander"}, "nobody sits here"),
        ({"headless": True, "seed": "x"}, "must be a whole number"),
        ({"headless": True, "drill": "no-such"}, "no such drill"),
        ({"headless": True, "beyond": "192.0.2.1"}, "cannot listen at 192.0.2.1"),
    ],
)
def test_what_cannot_be_is_told_before_anything_starts(
    changed: dict[str, object], why: str
) -> None:
    with pytest.raises(BadUsage) as refused:
        host(**changed)
    assert why in str(refused.value)


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadUsage, match=f"127.0.0.1:{port}.*give another --port"):
            host(port=port, headless=True)


def test_the_one_who_leads_is_told_every_code_and_one_who_is_blind_not_that_of_the_truth() -> None:
    told = "\n".join(how_to_join(DOOR, PLAYED, blind=False))
    assert "outage-tui drill join 127.0.0.1:4711 --seat SEAT" in told
    assert "ssh -N -L 4711:127.0.0.1:4711" in told
    for code in (DOOR.player, DOOR.watcher, DOOR.facilitator):
        assert code in told
    blind = "\n".join(how_to_join(DOOR, PLAYED, blind=True))
    assert DOOR.player in blind
    assert DOOR.facilitator not in blind
    invited = DOOR.invitations(PLAYED, blind=True)
    assert [one.seat for one in invited] == [*PLAYED, "observer", EVALUATOR]
    assert DOOR.facilitator not in str(invited)
    assert FACILITATOR in [one.seat for one in DOOR.invitations(PLAYED, blind=False)]
    assert all(one.code not in one.command for one in DOOR.invitations(PLAYED, blind=False))


def test_listening_beyond_this_machine_is_warned_of_with_what_to_do_instead() -> None:
    told = warning("192.0.2.7", "192.0.2.7:4711")
    assert "nothing is encrypted" in told
    assert "ssh -N -L 4711:127.0.0.1:4711" in told
    assert warning(None, "127.0.0.1:4711") == ""
    assert warning("127.0.0.1", "127.0.0.1:4711") == ""
    assert warning("::1", "[::1]:4711") == ""


def test_what_the_wheel_draws_is_a_drill_like_any_other(program: Program) -> None:
    drill = load_drill("wheel:7:3")
    assert drill == load_drill("wheel:7:3")
    assert drill.level == 3
    assert program("drill", "check", "wheel:7:3").status == 0
    assert program("drill", "check", "wheel:7:9").status == 2
    spun = program("drill", "--wheel", "--seed", "7", "--level", "3")
    assert "there is no terminal to play wheel:7:3 at" in spun.err


def test_help_of_joining_says_why_there_is_no_option_for_the_code(program: Program) -> None:
    told = " ".join(program("drill", "join", "--help").out.split())
    assert "There is no option for the code itself: other users can read arguments." in told
    assert program("drill", "join", "4711").status == 2
    seats = program("drill", "join", "4711", "--seat", "pilot").err
    assert all(seat in seats for seat in openable_seats())
