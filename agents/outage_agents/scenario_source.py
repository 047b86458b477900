"""Where in a TOML file each key stands, and how problems of input are told.

`tomllib` forgets positions, so a small scanner walks the same text once more and notes line and
column of every key, also inside arrays and inline tables. It runs only on text that `tomllib` has
accepted, and may therefore be lenient. Every problem of an input is collected and told at once, one
a line; whoever reads input raises `InputError` or one of its kinds, and the command line shows
`problems` and ends with status 2.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from outage_engine.errors import OutageError

KeyPath = tuple[str | int, ...]
"""Keys and array indices that lead to a value."""

BYTE_ORDER_MARK = "\ufeff"
FILE_SIZE_MAX = 4_000_000
"""Bytes; a larger scenario or script file is refused unread (assumed: far above any real one)."""


class InputError(OutageError):
    """What the user gave cannot be used; every problem is listed."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        assert self.problems
        super().__init__("\n".join(self.problems))


class ScenarioError(InputError):
    """A scenario file, or an override of one of its parameters, is wrong."""


@attrs.frozen
class Source:
    """A TOML document and the place of each of its keys."""

    label: str
    """File name as the user knows it."""
    content: Mapping[str, Any]
    positions: Mapping[KeyPath, tuple[int, int]]
    """Line and column, both from 1, of each key."""

    def problem(self, path: KeyPath, what: str, near: str = "") -> str:
        """One line that says where, which key, and what is wrong with it."""
        line, column = self.place(path)
        hint = f"; did you mean {near}" if near else ""
        which = f"{dotted(path)}: " if path else ""
        return f"{self.label}:{line}:{column}: {which}{what}{hint}"

    def place(self, path: KeyPath) -> tuple[int, int]:
        """Line and column of a key; of the nearest table above it when it stands nowhere."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, (1, 1))


def read_source(label: str, text: str) -> Source:
    """Parse TOML; a syntax error becomes a `ScenarioError` with line and column.

    The byte order mark that some editors put in front is no part of the text.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise ScenarioError([_syntax_problem(label, text, str(broken))]) from None
    except RecursionError:
        raise ScenarioError([f"{label}:1:1: nested too deeply to be read"]) from None
    except ValueError as broken:  # a number beyond what Python reads, a date that does not exist
        raise ScenarioError([f"{label}:1:1: {broken}"]) from None
    return Source(label, content, _Scanner(text).scan())


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty when none is near."""
    candidates = list(known)
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if found:
        return found[0]
    last = word.rsplit(".", 1)[-1]
    same_end = [name for name in candidates if name.rsplit(".", 1)[-1] == last]
    return same_end[0] if len(same_end) == 1 else ""


def dotted(path: KeyPath) -> str:
    """`dns.guard.recheck_each_write`, `action[3].id`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def toml_text(text: str) -> str:
    """A text as TOML writes it, quotes included."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _syntax_problem(label: str, text: str, message: str) -> str:
    found = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)", message)
    if found:
        line, column = int(found[1]), int(found[2])
    else:
        line, column = text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1
    what = re.sub(r" *\(at [^)]*\)$", "", message)
    return f"{label}:{line}:{column}: not TOML: {what}"


_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR_END = re.compile(r"[,\]}#\n]")


class _Scanner:
    """One walk over valid TOML that notes where each key begins."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._table: KeyPath = ()
        self._arrays: dict[KeyPath, int] = {}
        self._positions: dict[KeyPath, tuple[int, int]] = {}
        self._line = 1
        self._counted = 0

    def scan(self) -> Mapping[KeyPath, tuple[int, int]]:
        while True:
            self._skip_blank(newlines=True)
            if self._at >= len(self._text):
                return self._positions
            if self._text[self._at] == "[":
                self._header()
            else:
                self._pair(self._table)

    def _header(self) -> None:
        start = self._at
        array = self._text.startswith("[[", start)
        self._at += 2 if array else 1
        keys = self._keys()
        path: KeyPath = ()
        for i, (key, _) in enumerate(keys):
            path = (*path, key)
            if path in self._arrays and not (array and i == len(keys) - 1):
                path = (*path, self._arrays[path])
        if array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            self._note(path, start)
            path = (*path, self._arrays[path])
        self._note(path, start)
        self._table = path
        self._skip_blank()
        self._at += 2 if array else 1

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key, start in self._keys():
            path = (*path, key)
            self._note(path, start)
        self._skip_blank()
        self._at += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _keys(self) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        while True:
            self._skip_blank()
            start = self._at
            if self._text[start] in "\"'":
                found.append((self._string(), start))
            else:
                bare = _BARE.match(self._text, start)
                assert bare is not None, "the scanner met a key that tomllib would have refused"
                self._at = bare.end()
                found.append((bare[0], start))
            self._skip_blank()
            if self._at >= len(self._text) or self._text[self._at] != ".":
                return found
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        mark = self._text[self._at]
        if mark in "\"'":
            self._string()
        elif mark == "[":
            self._array(path)
        elif mark == "{":
            self._inline_table(path)
        else:
            end = _SCALAR_END.search(self._text, self._at)
            self._at = end.start() if end else len(self._text)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip_blank(newlines=True)
            if self._text[self._at] == "]":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._note((*path, index), self._at)
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while True:
            self._skip_blank(newlines=True)
            if self._text[self._at] == "}":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._pair(path)

    def _string(self) -> str:
        """Step over a string of any of the four kinds; returns what it says, roughly."""
        quote = self._text[self._at]
        long = self._text.startswith(quote * 3, self._at)
        close = quote * 3 if long else quote
        start = self._at
        self._at += len(close)
        while not self._text.startswith(close, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += len(close)
        while long and self._text.startswith(quote, self._at):
            self._at += 1  # up to two quotes may stand before the closing three
        said = tomllib.loads(f"said = {self._text[start : self._at]}")["said"]
        assert isinstance(said, str)
        return said

    def _skip_blank(self, *, newlines: bool = False) -> None:
        blank = " \t\n" if newlines else " \t"
        while self._at < len(self._text):
            mark = self._text[self._at]
            if mark in blank:
                self._at += 1
            elif mark == "#" and newlines:
                end = self._text.find("\n", self._at)
                self._at = end if end >= 0 else len(self._text)
            else:
                return

    def _note(self, path: KeyPath, start: int) -> None:
        if path not in self._positions:
            self._line += self._text.count("\n", self._counted, start)
            self._counted = start
            newline = self._text.rfind("\n", 0, start)
            self._positions[path] = (self._line, start - newline)
