"""What was said in a drill, as its report words it."""

from typing import Final

from outage_agents.drills.journal import Acknowledge, AnswerProbe, Entry
from outage_agents.drills.journal_words import words_of_command
from outage_tui.report_drill_data import DrillData

_RATINGS: Final = {
    "P": "performed without challenges",
    "S": "performed with some challenges",
    "M": "performed with major challenges",
    "U": "unable to be performed",
}
"""As exercise evaluation guides rate (HSEEP)."""


def rated(rating: str) -> str:
    """A rating in words."""
    return f"{rating}: {_RATINGS[rating]}" if rating in _RATINGS else rating


def figure(value: float) -> str:
    """A number as people write it: `0`, `4.2`, `1,230`."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) < 0.005:
        return "0"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def capitalised(text: str) -> str:
    """The text, its first letter large and the others as they are."""
    return text[:1].upper() + text[1:]


def numbered(entry: Entry) -> str:
    """How the report refers to an entry of the journal."""
    return f"#{entry.n}"


def act_words(entry: Entry, data: DrillData) -> str:
    """A command of somebody at a seat: `commander: decides: wait`."""
    played = " (played by the program)" if entry.played else ""
    return f"{entry.seat}{played}: {_words(entry, data)}"


def _words(entry: Entry, data: DrillData) -> str:
    """Like the journal's own words, but things are called by what people read."""
    match entry.command:
        case None:
            return entry.text
        case Acknowledge(alert=name):
            text = next((alert.text for alert in data.drill.alerts if alert.id == name), name)
            return f"takes the page: {data.shown(text)}"
        case AnswerProbe(probe=name, value=value):
            asked = data.first("probe", name)
            return f"answers {value:g} to: {name if asked is None else asked.text}"
        case _:
            return words_of_command(entry.command)
