"""Join codes: what they look like, what they open, and how they are compared."""

import hmac

import pytest

from outage_agents.drills.drill import SEATS
from outage_tui.drill_codes import (
    CODE_LETTERS,
    CODE_TEXT_MAX,
    LETTERS,
    Codes,
    new_code,
    new_ticket,
    openable_seats,
    plain,
    same_secret,
)
from outage_tui.drill_link import EVALUATOR, FACILITATOR

CODES = Codes("HHHH-HHHH", "KKKK-KKKK", "LLLL-LLLL")
PLAYED = ("commander", "operations", "communications", "scribe")


def test_a_code_is_two_groups_of_four_letters_that_nobody_mistakes() -> None:
    for _ in range(200):
        code = new_code()
        assert [len(group) for group in code.split("-")] == [4, 4]
        assert frozenset(plain(code)) <= frozenset(LETTERS)
    assert len(frozenset(LETTERS)) == len(LETTERS) == 16
    assert not frozenset(LETTERS) & frozenset("0OQD1I5SBGUVZ")
    assert len(frozenset(LETTERS) & frozenset("BCDEGPTVZ")) == 1


def test_guessing_at_the_door_succeeds_less_than_once_in_a_million() -> None:
    from outage_tui.drill_door import Limits

    possible = len(LETTERS) ** CODE_LETTERS
    assert 3 * Limits().wrong_codes_max / possible < 1e-6


def test_codes_and_tickets_are_never_the_same_twice() -> None:
    assert len(frozenset(new_code() for _ in range(500))) == 500
    assert len(frozenset(new_ticket() for _ in range(500))) == 500
    drawn = Codes.draw()
    assert len(frozenset((drawn.player, drawn.watcher, drawn.facilitator))) == 3


@pytest.mark.parametrize("typed", ["hhhhhhhh", " HHHH HHHH ", "hhhh-HHHH", "H.H.H.H_HHHH"])
def test_case_blanks_and_dashes_do_not_count(typed: str) -> None:
    assert CODES.open(typed, "commander")


@pytest.mark.parametrize(
    "typed", ["", "-", "HHHHHHH", "HHHHHHHHH", "\0HHHHHHHH", "\ud800", "H" * 10_000]
)
def test_what_is_not_the_code_opens_nothing(typed: str) -> None:
    assert not any(CODES.open(typed, seat) for seat in openable_seats())


def test_each_code_opens_its_seats_and_the_facilitators_all() -> None:
    assert openable_seats() == (*PLAYED, "observer", EVALUATOR, FACILITATOR)
    opened = {
        code: tuple(seat for seat in openable_seats() if CODES.open(code, seat))
        for code in (CODES.player, CODES.watcher, CODES.facilitator)
    }
    assert opened[CODES.player] == PLAYED
    assert opened[CODES.watcher] == ("observer", EVALUATOR)
    assert opened[CODES.facilitator] == openable_seats()


def test_no_code_opens_a_seat_that_is_none_or_that_of_a_solo_player() -> None:
    for seat in ("solo", "", "facilitator ", "COMMANDER"):
        assert not CODES.open(CODES.facilitator, seat)
    assert frozenset(openable_seats()) >= frozenset(SEATS) - {"solo"}


def test_every_code_is_compared_each_time_and_over_one_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[int, int]] = []
    really = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return really(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for code in (CODES.player, CODES.facilitator, "", "x" * 5_000):
        compared.clear()
        CODES.open(code, "commander")
        assert compared == [(32, 32)] * 3


def test_secrets_are_the_same_only_when_they_are() -> None:
    assert same_secret("ticket", "ticket")
    assert not same_secret("ticket", "ticket ")
    assert not same_secret("", "ticket")
    assert len(plain("H" * 500)) == CODE_TEXT_MAX


def test_printing_codes_shows_none() -> None:
    drawn = Codes.draw()
    for code in (drawn.player, drawn.watcher, drawn.facilitator):
        assert code not in repr(drawn)
        assert code not in str(drawn)
