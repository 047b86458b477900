"""The door under siege: strangers do what they like, a player plays on and the run goes on.

Everything here goes over real sockets of this machine (drill_house). What is asserted is progress
and bounds, never how long anything took.
"""

import json
import socket

import attrs
import msgspec
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.drills.journal import Note
from outage_tui.drill_door import (
    Bucket,
    DoorError,
    Guesses,
    Limits,
    is_this_machine,
    open_listeners,
    spelled,
)
from outage_tui.drill_link import (
    DRILL_LINK_VERSION,
    EVALUATOR,
    FACILITATOR,
    REQUEST_BYTES_MAX,
    Answer,
    Enter,
    Present,
    Refused,
    Say,
    SeatState,
    Welcome,
    encode_request,
)
from outage_tui.drill_seats import Connection

from .drill_house import CODES, EASY, STATE_BYTES, VIEW, Client, Drill, a_house, a_siege

# -- who comes in ---------------------------------------------------------------------------------


async def test_the_code_of_a_seat_opens_it_and_what_is_said_arrives() -> None:
    async with a_house() as house:
        client, welcome = await house.come("operations", "hhhh hhhh", name="Kim")
        assert (welcome.seat, welcome.may_steer, welcome.invitations) == ("operations", False, ())
        state = await client.wait_for(SeatState)
        assert Present("operations", "Kim", here=True) in state.present
        await client.note("hello")
        assert house.drill.heard == [("operations", Say(1, Note("hello")))]


async def test_what_follows_the_first_line_in_the_same_packet_is_not_lost() -> None:
    async with a_house() as house:
        client = await house.ask(
            encode_request(Enter(CODES.player, "commander"))
            + b"".join(encode_request(Say(n, Note(str(n)))) for n in range(1, 20))
        )
        await client.wait_for(Answer, lambda answer: answer.n == 19)
        said = [said for _, said in house.drill.heard]
        assert said == [Say(n, Note(str(n))) for n in range(1, 20)]


async def test_a_first_line_in_single_bytes_is_a_first_line() -> None:
    async with a_house() as house:
        client = await house.knock()
        for byte in encode_request(Enter(CODES.player, "commander")):
            await client.send(bytes([byte]))
        await client.wait_for(Welcome)


async def test_only_the_facilitators_code_lets_somebody_steer() -> None:
    async with a_house() as house:
        _, facilitator = await house.come(FACILITATOR, CODES.facilitator)
        _, evaluator = await house.come(EVALUATOR, CODES.watcher)
        assert facilitator.may_steer
        assert not evaluator.may_steer
        for code, seat in (
            (CODES.player, FACILITATOR),
            (CODES.player, EVALUATOR),
            (CODES.watcher, FACILITATOR),
            (CODES.watcher, "commander"),
            ("", "commander"),
            (CODES.facilitator, "solo"),
            (CODES.facilitator, "nobody"),
        ):
            assert "wrong code" in await house.refusal(Enter(code, seat))
        assert house.door.wrong_codes == 7


async def test_a_seat_that_nobody_plays_is_refused_with_those_that_are() -> None:
    async with a_house() as house:
        reason = await house.refusal(Enter(CODES.player, "scribe"))
        assert "commander, operations" in reason


async def test_a_taken_seat_stays_with_whoever_is_there() -> None:
    async with a_house() as house:
        there, _ = await house.come(name="Ada")
        assert "taken by Ada" in await house.refusal(Enter(CODES.player, "commander"))
        assert "taken by Ada" in await house.refusal(Enter(CODES.facilitator, "commander"))
        await there.note()


async def test_nobody_comes_under_the_name_of_somebody_else_on_the_call() -> None:
    async with a_house() as house:
        scripted = await house.refusal(Enter(CODES.player, "commander", "lee "))
        assert (
            scripted
            == "lee is on the call already (on call for EC2); come as somebody else with --name"
        )
        there, _ = await house.come(name="Ada")
        player = await house.refusal(Enter(CODES.player, "operations", "Ada"))
        assert "Ada is on the call already (commander)" in player
        nameless, _ = await house.come(seat="operations", name="")
        await there.note()
        await nameless.note()


async def test_the_seat_of_somebody_who_vanished_is_free_again() -> None:
    async with a_house() as house:
        gone, _ = await house.come()
        await trio.aclose_forcefully(gone.stream)
        await house.until(lambda: not house.drill.seats.at("commander"))
        _, welcome = await house.come(name="Grace")
        assert welcome.seat == "commander"


async def test_whoever_was_there_comes_back_by_ticket_also_before_the_host_has_noticed() -> None:
    async with a_house() as house:
        stale, welcome = await house.come()
        assert len(welcome.ticket) >= 20
        fresh, again = await house.come(code="", ticket=welcome.ticket)
        assert again.ticket == welcome.ticket
        await fresh.note()
        assert "another terminal" in (await stale.wait_for(Refused)).reason
        await stale.read_to_end()
        assert len(house.drill.seats.at("commander")) == 1


async def test_a_ticket_opens_its_own_seat_until_somebody_else_sits_there() -> None:
    async with a_house() as house:
        gone, welcome = await house.come()
        other = Enter("", "operations", ticket=welcome.ticket)
        assert "wrong code" in await house.refusal(other)
        await gone.stream.aclose()
        await house.until(lambda: not house.drill.seats.at("commander"))
        _, heir = await house.come(name="heir")
        assert heir.ticket != welcome.ticket
        late = Enter(CODES.player, "commander", ticket=welcome.ticket)
        assert "taken by heir" in await house.refusal(late)
        assert "wrong code" in await house.refusal(attrs_free(late))


def attrs_free(enter: Enter) -> Enter:
    """The same without its code."""
    return msgspec.structs.replace(enter, code="")


async def test_facilitators_may_be_several_and_each_has_a_ticket_but_not_without_end() -> None:
    async with a_house(attrs.evolve(EASY, watchers_max=3)) as house:
        tickets = [
            (await house.come(FACILITATOR, CODES.facilitator))[1].ticket,
            (await house.come(FACILITATOR, CODES.facilitator))[1].ticket,
            (await house.come(EVALUATOR, CODES.watcher))[1].ticket,
        ]
        assert len(frozenset(tickets)) == 3
        assert "too many" in await house.refusal(Enter(CODES.facilitator, FACILITATOR))


@pytest.mark.parametrize(("version", "older"), [(0, "your"), (99, "the host's")])
async def test_another_version_is_told_which_side_is_old(version: int, older: str) -> None:
    async with a_house() as house:
        line = {"type": "enter", "version": version, "colour": "unknown to us", "seat": 7}
        reason = await house.refusal(json.dumps(line).encode() + b"\n")
        assert f"{older} outage-tui is the older one" in reason
        assert str(DRILL_LINK_VERSION) in reason


# -- who does not ---------------------------------------------------------------------------------

FIRST_LINES = (
    (b"\n", "not a request"),
    (b"{\n", "not a request"),
    (b"GET / HTTP/1.1\r\nHost: drill\r\n\r\n", "not a request"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "not a request"),
    (b"\x00" * 400 + b"\n", "not a request"),
    (b"\xff\xfe\xfd\n", "not a request"),
    (b"[" * 15_000 + b"\n", "not a request"),
    (b'{"type":"enter","code":' + b"[" * 15_000 + b"\n", "not a request"),
    (b'{"type":"enter","code":1,"seat":"commander"}\n', "not a request"),
    (b'{"type":"enter","code":"\\u0000","seat":"\\u001b[2J"}\n', "wrong code"),
    (b'{"type":"enter","code":"\\ud800","seat":"commander"}\n', ""),
    (b'{"type":"leave"}\n', "who you are"),
    (encode_request(Say(1, Note("let me in"))), "who you are"),
    (b"x" * (REQUEST_BYTES_MAX + 2), "longer than"),
    (b"x" * 200_000 + b"\n", "longer than"),
)


@pytest.mark.parametrize(("line", "why"), FIRST_LINES, ids=lambda part: repr(part[:30]))
async def test_a_first_line_that_is_none_is_refused_with_the_reason(line: bytes, why: str) -> None:
    async with a_house() as house:
        client = await house.knock()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sent_anyway, client, line)
            refused = await client.wait_for(Refused)
            assert why in refused.reason
            assert refused.reason.isprintable()
            await client.read_to_end()


async def sent_anyway(client: Client, data: bytes) -> None:
    """Send, also to somebody who hangs up."""
    try:
        await client.send(data)
    except trio.BrokenResourceError:
        return


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=20))
def test_whatever_bytes_are_sent_first_the_door_stays_open(lines: list[bytes]) -> None:
    async def siege() -> None:
        async with a_house() as house:
            for line in lines:
                client = await house.knock()
                await sent_anyway(client, line + b"\n")
                await client.stream.aclose()
            await house.come()

    trio.run(siege)


async def test_a_mute_client_is_sent_away_and_those_who_trickle_too() -> None:
    limits = attrs.evolve(EASY, enter_within_s=0.2)
    async with a_siege(limits) as house:
        mute, slow = await house.knock(), await house.knock()

        async def trickle() -> None:
            line = encode_request(Enter(CODES.player, "operations", "x" * 2000))
            for byte in line:
                await sent_anyway(slow, bytes([byte]))
                await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trickle)
            for client in (mute, slow):
                assert "sooner" in (await client.wait_for(Refused)).reason
            nursery.cancel_scope.cancel()
        await house.until(lambda: house.door.waiting == 0)


async def test_a_crowd_that_says_nothing_keeps_nobody_out_and_does_not_grow() -> None:
    limits = attrs.evolve(EASY, waiting_max=8)
    async with a_siege(limits) as house:
        crowd = []
        for _ in range(100):
            crowd.append(await house.knock())
            assert house.door.waiting <= 8
        await house.until(lambda: house.door.waiting == 8)
        await house.come("operations")
        for client in crowd[:80]:
            await client.read_to_end()
        for client in crowd:
            await client.stream.aclose()
        await house.until(lambda: house.door.waiting == 0)


async def test_clients_that_vanish_half_way_leave_nothing_behind() -> None:
    async with a_siege() as house:
        line = encode_request(Enter(CODES.player, "operations"))
        for size in range(0, len(line), 3):
            client = await house.knock()
            await client.send(line[:size])
            if size % 2:
                linger = (1).to_bytes(4, "little") + bytes(4)
                client.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            await trio.aclose_forcefully(client.stream)
        await house.until(lambda: house.door.waiting == 0)
        assert not house.drill.seats.at("operations")


async def test_a_refused_client_that_does_not_hang_up_is_hung_up_on() -> None:
    limits = attrs.evolve(EASY, parting_s=0.1)
    async with a_siege(limits) as house:
        client = await house.ask(b"nonsense\n")
        await client.read_to_end()
        await house.until(lambda: house.door.waiting == 0)


async def test_knocks_beyond_the_rate_wait_and_the_run_goes_on() -> None:
    limits = attrs.evolve(EASY, knocks_a_second=50.0, knocks_at_once=4)
    async with a_siege(limits) as house:
        met = 0
        started = trio.current_time()

        async def knock() -> None:
            nonlocal met
            client = await house.ask(b"nonsense\n")
            await client.wait_for(Refused)
            met += 1
            await client.stream.aclose()

        async with trio.open_nursery() as nursery:
            for _ in range(24):
                nursery.start_soon(knock)
        assert met == 24
        assert trio.current_time() - started >= (24 - 4 - 1) / 50.0


# -- guessing -------------------------------------------------------------------------------------


def test_each_wrong_code_makes_its_address_wait_longer() -> None:
    guesses, now_s, waits = Guesses(Limits()), 0.0, []
    for _ in range(12):
        assert guesses.objection("192.0.2.7", now_s) == ""
        guesses.wrong("192.0.2.7", now_s)
        begun_s = now_s
        while guesses.objection("192.0.2.7", now_s):
            assert guesses.objection("192.0.2.8", now_s) == ""
            now_s += 0.5
        waits.append(now_s - begun_s)
    assert waits == [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]


def test_however_many_addresses_guess_there_is_an_end_and_it_is_all_that_is_remembered() -> None:
    limits = Limits()
    guesses, examined = Guesses(limits), 0
    for n in range(5_000):
        address = f"2001:db8:{n:x}::1"
        if not guesses.objection(address, 0.0):
            examined += 1
            guesses.wrong(address, 0.0)
    assert examined == limits.wrong_codes_max
    assert len(guesses._wrong) <= limits.wrong_codes_max
    assert "only those who were in" in guesses.objection("127.0.0.1", 1e9)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("127.0.0.1", "127.9.9.9", True),
        ("127.0.0.1", "::1", True),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_addresses_that_one_person_has_are_one(one: str, other: str, same: bool) -> None:
    guesses = Guesses(attrs.evolve(Limits(), wrong_free=0))
    guesses.wrong(one, 0.0)
    assert bool(guesses.objection(other, 0.0)) is same


async def test_guessing_shuts_the_door_to_newcomers_and_to_nobody_who_was_in() -> None:
    limits = attrs.evolve(EASY, wrong_codes_max=30)
    async with a_siege(limits) as house:
        gone, welcome = await house.come("operations")
        await gone.stream.aclose()
        for n in range(40):
            reason = await house.refusal(Enter(f"wrong {n}", "operations"))
            assert ("wrong code for" in reason) == (n < 30)
        assert house.door.wrong_codes == 30
        assert len(house.noticed) == 1
        assert "30 wrong codes" in house.noticed[0]
        assert "too many" in await house.refusal(Enter(CODES.player, "operations"))
        await house.come("operations", "", ticket=welcome.ticket)


async def test_during_the_wait_even_the_right_code_teaches_nothing() -> None:
    limits = attrs.evolve(EASY, wrong_free=1, wrong_wait_s_max=60.0)
    async with a_house(limits) as house:
        await house.refusal(Enter("wrong", "commander"))
        for code in ("wrong", CODES.player):
            reason = await house.refusal(Enter(code, "commander"))
            assert "try again in" in reason
        assert house.door.wrong_codes == 1


# -- who was let in, and misbehaves ---------------------------------------------------------------


async def test_thousands_of_malformed_lines_end_a_connection_and_nothing_else() -> None:
    async with a_siege() as house:
        for _ in range(10):
            client, _ = await house.come("operations")
            await sent_anyway(client, b'{"type":"explode"}\n\x00\xff\n[[[[\n' * 1_000)
            await client.read_to_end()
            await client.stream.aclose()
            await house.until(lambda: not house.drill.seats.at("operations"))
        assert all(seat == "commander" for seat, _ in house.drill.heard)


async def test_a_flood_of_good_requests_is_read_no_faster_than_it_is_allowed() -> None:
    from outage_tui.drill_seats import REQUESTS_A_SECOND, REQUESTS_AT_ONCE

    async with a_siege() as house:
        client, _ = await house.come("operations")
        started = trio.current_time()

        async def flood() -> None:
            while True:
                await sent_anyway(client, encode_request(Say(1, Note("x" * 500))) * 50)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            await trio.sleep(1.0)
            heard = sum(seat == "operations" for seat, _ in house.drill.heard)
            spent_s = trio.current_time() - started
            nursery.cancel_scope.cancel()
        assert 0 < heard <= REQUESTS_AT_ONCE + REQUESTS_A_SECOND * spent_s + 1


async def test_what_one_seat_says_in_a_drill_has_an_end_however_often_it_comes_back() -> None:
    async with a_siege(attrs.evolve(EASY, said_max=20_000)) as house:
        ticket = ""
        for _ in range(4):
            client, welcome = await house.come("operations", ticket=ticket)
            ticket = welcome.ticket
            for _ in range(3):
                await client.note("x" * 1_000)
            await trio.aclose_forcefully(client.stream)
            await house.until(lambda: not house.drill.seats.at("operations"))
        client, _ = await house.come("operations", ticket=ticket)
        await sent_anyway(client, encode_request(Say(9, Note("x" * 1_900))) * 9)
        await client.read_to_end()
        await house.until(lambda: not house.drill.seats.at("operations"))
        again = Enter(CODES.player, "operations", ticket=ticket)
        assert "too much was said" in await house.refusal(again)


async def test_a_huge_line_ends_a_connection() -> None:
    async with a_siege() as house:
        client, _ = await house.come("operations")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sent_anyway, client, b"x" * 5_000_000)
            await client.read_to_end()
        await house.until(lambda: not house.drill.seats.at("operations"))


async def test_clients_that_never_read_hold_up_nobody() -> None:
    async with a_siege() as house:
        mute = [(await house.come(FACILITATOR, CODES.facilitator))[0] for _ in range(6)]
        at_ns = house.drill.t_ns
        await house.until(lambda: house.drill.t_ns > at_ns + 400)
        for connection in house.drill.seats.at(FACILITATOR):
            assert connection._unsent_bytes <= STATE_BYTES
            assert len(connection._state or b"") <= 2 * STATE_BYTES
        for client in mute:
            await trio.aclose_forcefully(client.stream)
        await house.until(lambda: not house.drill.seats.at(FACILITATOR))


class Ear:
    """A wire that takes what is sent, and says nothing."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await trio.sleep_forever()
        return b""

    async def send_all(self, data: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.taken.append(data)

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


async def test_while_time_stands_a_state_is_sent_again_now_and_then_as_a_sign_of_life(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ear = Ear()
    connection = Connection(ear, "commander")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.serve, Drill())
        for _ in range(40):
            connection.send(SeatState(1, VIEW))
            await trio.sleep(0.5)
        nursery.cancel_scope.cancel()
    assert len(ear.taken) == 10


async def test_what_a_client_calls_itself_reaches_others_without_a_control_character() -> None:
    async with a_siege() as house:
        name = "\x1b]0;root\x07\x1b[2J\u202eKim\n\x00"
        _, _ = await house.come("operations", name=name)
        witness, _ = await house.come(EVALUATOR, CODES.watcher)
        state = await witness.wait_for(SeatState)
        (shown,) = [one.name for one in state.present if one.seat == "operations"]
        assert "Kim" in shown
        assert shown.isprintable()


async def test_no_frame_to_anybody_at_the_door_carries_a_code() -> None:
    async with a_house() as house:
        clients = [
            (await house.come("commander"))[0],
            (await house.come(EVALUATOR, CODES.watcher))[0],
            (await house.come(FACILITATOR, CODES.facilitator))[0],
            await house.ask(Enter(CODES.player, FACILITATOR)),
        ]
        for client in clients[:3]:
            await client.wait_for(SeatState)
        await clients[3].wait_for(Refused)
        said = msgspec.json.encode([frame for client in clients for frame in client.frames])
        for code in (CODES.player, CODES.watcher, CODES.facilitator):
            assert code.encode() not in said
            assert code.replace("-", "").encode() not in said


# -- where it listens -----------------------------------------------------------------------------


def test_by_itself_the_door_listens_on_this_machine_only_at_one_port() -> None:
    listeners = open_listeners()
    try:
        names = [one.getsockname() for one in listeners]
        assert names[0][0] == "127.0.0.1"
        assert all(is_this_machine(name[0]) for name in names)
        assert len(frozenset(name[1] for name in names)) == 1
        assert names[0][1] > 0
    finally:
        for one in listeners:
            one.close()


def test_a_port_that_is_somebody_elses_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DoorError, match=f"cannot listen at 127.0.0.1:{port}"):
            open_listeners(port)


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(DoorError, match=r"cannot listen at 192\.0\.2\.1:0"):
        open_listeners(beyond="192.0.2.1")
    with pytest.raises(DoorError, match="cannot listen at"):
        open_listeners(beyond="no such host.invalid")


def test_addresses_are_spelled_as_they_are_typed() -> None:
    assert spelled("127.0.0.1", 4711) == "127.0.0.1:4711"
    assert spelled("::1", 4711) == "[::1]:4711"
    assert is_this_machine("::ffff:127.0.0.1")
    assert not is_this_machine("0.0.0.0")
    assert not is_this_machine("example.invalid")


async def test_a_bucket_gives_some_at_once_and_then_so_many_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    bucket = Bucket(10.0, 5)
    taken = []
    for _ in range(25):
        await bucket.take()
        taken.append(trio.current_time())
    begun = taken[0]
    assert [at - begun for at in taken[:5]] == [0.0] * 5
    assert taken[-1] - begun == pytest.approx(2.0)
    await trio.sleep(100.0)
    rested = trio.current_time()
    for _ in range(5):
        await bucket.take()
    assert trio.current_time() == rested
