"""Records of both kinds are read, changed and made harmless alike."""

import attrs
import msgspec
import pytest

from outage_tui.dashboard.player_forms.harmless import harmless
from outage_tui.record_fields import field_names, with_fields


@attrs.frozen
class Said:
    """As what is said on a call."""

    text: str
    n: int = 1


class Seen(msgspec.Struct, frozen=True):
    """As what a panel shows."""

    text: str
    n: int = 1
    said: Said | None = None


@pytest.mark.parametrize("kind", [Said, Seen])
def test_fields_have_names_and_can_be_changed(kind: type) -> None:
    assert field_names(kind)[:2] == ("text", "n")
    changed = with_fields(kind("a"), {"n": 2})
    assert (changed.text, changed.n) == ("a", 2)


def test_what_is_no_record_has_no_fields() -> None:
    assert field_names(int) == ()


def test_escape_sequences_are_harmless_however_deep_they_lie() -> None:
    hostile = "fine\x1b[2J"
    made = harmless((Seen(hostile, said=Said(hostile)),))
    assert "\x1b" not in made[0].text
    assert made[0].said is not None
    assert "\x1b" not in made[0].said.text
    calm = (Seen("fine"),)
    assert harmless(calm) is calm
