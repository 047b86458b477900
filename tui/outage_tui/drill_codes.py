"""Join codes: what lets another terminal into a drill, and how it is compared.

A code is eight characters that are said once across a room or typed from a chat: `HK4R-7WMX`. The
sixteen characters were chosen so that no two look alike and none of the letters that rhyme (B C D
E G P T V Z) keeps another of them company; case, blanks and dashes do not count.

Sixteen to the eighth is 2**32 codes. Nobody can try them but at the door, which examines at most
200 wrong ones in all (`drill_door.Limits`), from whatever addresses, and makes each address wait
longer after each. Three codes are valid at a time, so whoever uses up every attempt gets in with a
chance of 3 * 200 / 2**32, one in seven million; whoever listens to an unencrypted network needs no
luck, which is why the door does not open beyond this machine by itself. Codes live as long as
their drill.

A *ticket* is what a client is given when it is let in: 128 bits that nobody types. It opens the
same seat again after the connection broke, also when guessing has shut the door to newcomers.

Codes and tickets come from `secrets`: nothing of the run decides them and they decide nothing in
it. They stand in no argument list, recording or log. Comparing goes over keyed digests of one
length with `hmac.compare_digest`, all of them each time, so that the time taken tells nothing.
"""

import hmac
import secrets
from hashlib import blake2b

import attrs

from outage_agents.drills.drill import SEATS
from outage_tui.drill_link import EVALUATOR, FACILITATOR

LETTERS = "HKLMRTWXY2346789"
"""Without what is mistaken for something else: 0 O Q D, 1 I, 5 S, B, G, U V, Z, A J, F, N."""
CODE_LETTERS = 8
CODE_TEXT_MAX = 64
"""What is longer is no code, whatever blanks it is made of."""
_GROUP = 4
_WATCHING = ("observer", EVALUATOR)
"""Seats that see more than players do and decide nothing."""
_PLAYED = tuple(seat for seat in SEATS if seat not in ("solo", *_WATCHING))


def new_code() -> str:
    """A code that nobody knows yet."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
    return "-".join(letters[at : at + _GROUP] for at in range(0, CODE_LETTERS, _GROUP))


def new_ticket() -> str:
    """A ticket that nobody knows yet."""
    return secrets.token_urlsafe(16)


def plain(code: str) -> str:
    """A code as it is compared: capitals, without blanks and dashes."""
    return "".join(letter for letter in code[:CODE_TEXT_MAX].upper() if letter not in " \t-_.")


def same_secret(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that does not depend on where they differ."""
    key = secrets.token_bytes(16)
    return hmac.compare_digest(_digest(key, one), _digest(key, other))


def _digest(key: bytes, text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=32).digest()


@attrs.frozen
class Codes:
    """The codes of one drill. Printing one of these shows no code."""

    player: str = attrs.field(repr=False)
    """Opens the players' seats."""
    watcher: str = attrs.field(repr=False)
    """Opens the observers' and evaluators' seats."""
    facilitator: str = attrs.field(repr=False)
    """Opens the facilitator's, and with it every other: who sees the truth may sit anywhere."""

    @staticmethod
    def draw() -> "Codes":
        """Three new ones, all different."""
        while True:
            drawn = (new_code(), new_code(), new_code())
            if len(frozenset(drawn)) == len(drawn):
                return Codes(*drawn)

    def open(self, code: str, seat: str) -> bool:
        """Whether a code opens a seat. Every code is compared each time."""
        given = plain(code)
        right = [
            same_secret(given, plain(known))
            for known in (self.player, self.watcher, self.facilitator)
        ]
        opened = [seat in _PLAYED, seat in _WATCHING, seat in openable_seats()]
        return any([a & b for a, b in zip(right, opened, strict=True)])


def openable_seats() -> tuple[str, ...]:
    """Every seat that the door knows, players' first. `solo` is played where the drill began."""
    return (*_PLAYED, *_WATCHING, FACILITATOR)
