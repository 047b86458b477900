"""Topics: what a question is about, in whatever words it is asked.

Words are compared by their stems: small letters, endings of plurals and tenses left out. A topic is
meant when all its words are in the question, or all those of one of its other names; the one with
most words wins.
"""

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[a-z0-9]+")
_ENDINGS = ("ing", "ies", "ed", "es", "s", "e", "y")
_SMALL = re.compile(
    r"an?|about|and|any|are|at|do|does|for|has|have|how|i|in|is|it|me|my|of|on|or|the|there|to|was"
    r"|we|what|with|you|your"
)
_CAUSE = ("cause", "why", "theory", "hypothesis", "think", "reason", "suspect", "guess", "root")
_PROGRESS = ("status", "progress", "far", "eta", "long", "done", "finished", "ready", "busy")


def stems(text: str) -> list[str]:
    """The words that count, as they are compared."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if not _SMALL.fullmatch(word)]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def meant(question: str, topics: Sequence[Iterable[str]]) -> int | None:
    """Which topic a question is about, each given by its names; None: none of them."""
    asked = stems(question)
    best, found = 0, None
    for place, names in enumerate(topics):
        for name in names:
            words = stems(name)
            if words and len(words) > best and all(word in asked for word in words):
                best, found = len(words), place
    return found


def closest(question: str, titles: Sequence[str], least: float) -> int | None:
    """Which title shares most words with a question, at least such a share of its own."""
    asked = stems(question)
    best, found = 0.0, None
    for place, title in enumerate(titles):
        words = stems(title)
        share = sum(1 for word in words if word in asked) / len(words) if words else 0.0
        if share >= least and share > best:
            best, found = share, place
    return found


def asks_for_cause(question: str) -> bool:
    """Whether somebody wants to know what is held for the cause."""
    asked = stems(question)
    return any(_stem(word) in asked for word in _CAUSE)


def asks_for_progress(question: str) -> bool:
    """Whether somebody wants to know how far one is."""
    asked = stems(question)
    return any(_stem(word) in asked for word in _PROGRESS)
