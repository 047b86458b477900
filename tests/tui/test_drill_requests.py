"""Whatever bytes a client sends, what comes out is harmless or refused."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.drills.journal import COMMANDS, Begin, Command, Decide, Note, Wait
from outage_tui.drill_link import (
    REQUEST_BYTES_MAX,
    Enter,
    GoBack,
    Leave,
    Request,
    Say,
    encode_request,
)
from outage_tui.drill_requests import (
    COUNT_MAX,
    ITEMS_MAX,
    NAME_MAX,
    NUMBER_MAX,
    TEXT_MAX,
    RequestLines,
    read_request,
)
from outage_tui.link_messages import LinkError

LINES = st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b" ")), max_size=8)


def lines_of(data: bytes, cuts: list[int]) -> list[bytes]:
    """The lines of a stream that comes in pieces."""
    reader = RequestLines()
    found = []
    places = sorted(cut % (len(data) + 1) for cut in cuts)
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        reader.feed(data[start:end])
        found += list(reader.cut())
    return found


@given(LINES, st.lists(st.integers(0, 1 << 16), max_size=12))
def test_lines_are_the_same_however_the_stream_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    assert lines_of(b"".join(line + b"\n" for line in lines) + b"rest", cuts) == lines


@given(st.lists(st.integers(1, 9_000), max_size=12))
def test_a_line_without_an_end_is_refused_before_it_fills_memory(sizes: list[int]) -> None:
    reader = RequestLines()
    sent = 0
    for size in sizes:
        reader.feed(b"x" * size)
        sent += size
        if sent > REQUEST_BYTES_MAX:
            with pytest.raises(LinkError, match="longer than"):
                list(reader.cut())
            assert reader.pending_bytes == 0
            return
        assert list(reader.cut()) == []
        assert reader.pending_bytes == sent


def test_a_line_that_is_too_long_and_ended_is_refused_after_those_before_it() -> None:
    reader = RequestLines()
    reader.feed(b"a\n" + b"x" * (REQUEST_BYTES_MAX + 1) + b"\nb\n")
    lines = reader.cut()
    assert next(lines) == b"a"
    with pytest.raises(LinkError):
        next(lines)
    reader.feed(b"y" * REQUEST_BYTES_MAX + b"\n")
    assert list(reader.cut()) == [b"y" * REQUEST_BYTES_MAX]


def test_whoever_takes_lines_sets_the_pace() -> None:
    reader = RequestLines()
    reader.feed(b"\n" * 1000)
    lines = reader.cut()
    next(lines)
    next(lines)
    assert reader.pending_bytes == 998


def outcome_of(line: bytes) -> str | Request:
    """A request, or the reason why it is none."""
    try:
        return read_request(line)
    except LinkError as error:
        return str(error)


@given(st.binary(max_size=200))
def test_bytes_become_a_request_or_a_reason_that_can_be_shown(line: bytes) -> None:
    outcome = outcome_of(line)
    assert not isinstance(outcome, str) or outcome.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
TAGS = st.sampled_from(["enter", "say", "attend", "freeze", "pace", "go_back", "leave", "x", ""])


def encodable(thing: Any) -> bytes:
    import json

    return json.dumps(thing).encode("utf-8", "replace")


@settings(max_examples=40, deadline=None)
@given(st.builds(lambda tag, more: {**more, "type": tag}, TAGS, st.dictionaries(st.text(), JSON)))
def test_objects_of_the_wrong_shape_are_refused_with_a_reason(thing: dict[str, Any]) -> None:
    outcome = outcome_of(encodable(thing))
    assert not isinstance(outcome, str) or outcome.isprintable()


def texts_of(thing: Any) -> list[str]:
    """Every text in it."""
    match thing:
        case str():
            return [thing]
        case dict():
            return [text for pair in thing.items() for one in pair for text in texts_of(one)]
        case list() | tuple():
            return [text for one in thing for text in texts_of(one)]
    return []


def numbers_of(thing: Any) -> list[float]:
    """Every number in it."""
    match thing:
        case bool() | str() | None:
            return []
        case dict():
            return [number for one in thing.values() for number in numbers_of(one)]
        case list() | tuple():
            return [number for one in thing for number in numbers_of(one)]
    return [thing]


def said_by(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any command of a kind, all its fields given."""
    fields = {one.name: st.from_type(one.type) for one in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


SAID: st.SearchStrategy[Command] = st.one_of([said_by(one) for one in COMMANDS])


@given(SAID, st.integers(0, 1 << 60))
def test_what_a_seat_says_arrives_with_harmless_texts_and_numbers(said: Command, n: int) -> None:
    try:
        line = encode_request(Say(n, said))
    except (ValueError, OverflowError, msgspec.EncodeError):
        return  # not even a client can say this
    request = outcome_of(line.rstrip(b"\n"))
    if isinstance(request, str):
        assert request.isprintable()
        return
    assert isinstance(request, Say)
    assert type(request.command) is type(said)
    built = msgspec.to_builtins(request)
    assert all(text.isprintable() and len(text) <= TEXT_MAX for text in texts_of(built))
    assert all(abs(number) <= NUMBER_MAX for number in numbers_of(built))
    assert all(math.isfinite(number) for number in numbers_of(built))
    msgspec.json.encode(request)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Co", "Cn"))))
def test_what_people_write_arrives_as_they_wrote_it(text: str) -> None:
    said = Say(1, Note(text))
    assert read_request(encode_request(said)) == said


NASTY = "\x1b]0;owned\x07\x1b[2J\x00\x9b31m\u202egnp.exe\u2028\r\nnext\ttab\x7f"


def test_nothing_that_drives_a_terminal_gets_through() -> None:
    note = read_request(encode_request(Say(1, Note(NASTY))))
    assert isinstance(note, Say)
    assert isinstance(note.command, Note)
    assert "\x1b" not in note.command.text
    assert note.command.text.isprintable()
    assert note.command.text.endswith("next tab\N{REPLACEMENT CHARACTER}")
    begin = read_request(encode_request(Say(1, Begin("x", {NASTY: NASTY}))))
    assert isinstance(begin, Say)
    assert isinstance(begin.command, Begin)
    for name, value in begin.command.args.items():
        assert name.isprintable()
        assert str(value).isprintable()
    enter = read_request(encode_request(Enter("", "commander", f"  {NASTY * 9}")))
    assert isinstance(enter, Enter)
    assert enter.name.isprintable()
    assert len(enter.name) <= NAME_MAX


REFUSED = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"leave"',
    b"\xff\xfe\x00",
    b"\x00" * 500,
    b"[" * 16_000,
    b'{"type":"say","n":1,"command":' + b"[" * 16_000,
    b'{"a":' * 3_000,
    b'{"type":"explode"}',
    b'{"type":"leave","more":1}',
    b'{"type":"say","n":"1","command":{"do":"note","text":"x"}}',
    b'{"type":"say","n":1,"command":{"do":"note"}}',
    b'{"type":"say","n":1,"command":{"do":"score"}}',
    b'{"type":"say","n":1,"command":{"do":"note","text":"x","seat":"commander"}}',
    b'{"type":"say","n":1e400,"command":{"do":"note","text":"x"}}',
    b'{"type":"say","n":99999999999999999999,"command":{"do":"note","text":"x"}}',
    b'{"type":"say","n":1,"command":{"do":"decide","what":"x","by_min":9223372036854775807}}',
    b'{"type":"say","n":1,"command":{"do":"decide","what":"x","confidence":7}}',
    b'{"type":"say","n":1,"command":{"do":"decide","what":"x","confidence":NaN}}',
    b'{"type":"say","n":1,"command":{"do":"wait","minutes":1e12}}',
    b'{"type":"say","n":1,"command":{"do":"put_off_inject","n":1,"minutes":-1e300}}',
    b'{"type":"go_back","t_ns":9223372036854775807}',
    b'{"type":"pace","multiplier":1e308}',
    encode_request(Say(1, Begin("x", {str(n): 1.0 for n in range(ITEMS_MAX + 1)}))),
)


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: repr(line[:60]))
def test_what_cannot_be_is_refused(line: bytes) -> None:
    with pytest.raises(LinkError) as refused:
        read_request(line)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


def test_what_can_be_is_taken() -> None:
    for request in (
        Leave(),
        GoBack(3_600_000_000_000, n=1),
        Say(1, Decide("wait", confidence=1.0, by_min=COUNT_MAX)),
        Say(2, Wait(30.0, "zone.out > 1")),
    ):
        assert read_request(encode_request(request)) == request
