"""A list of events as spreadsheets save it, and what is told of one that cannot be read."""

import pytest

from outage_agents.drills.drill_file import load_drill
from outage_agents.drills.injects import injects_csv, injects_of_csv
from outage_agents.scenario_source import InputError

LIST = injects_csv(load_drill("trap").injects)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as refused:
        injects_of_csv("events.csv", text)
    return refused.value.problems


def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing() -> None:
    plain = injects_of_csv("events.csv", LIST)
    assert injects_of_csv("events.csv", "\ufeff" + LIST.replace("\n", "\r\n")) == plain
    assert plain


@pytest.mark.parametrize(("mark", "said"), [(";", "';'"), ("\t", r"'\t'")])
def test_other_marks_between_columns_are_told(mark: str, said: str) -> None:
    (problem,) = problems(LIST.replace(",", mark))
    assert problem.startswith("events.csv:1: lacks the columns n, at,")
    assert problem.endswith(f"; it has {said} between them: save it with commas")


def test_a_number_that_is_none_is_told_in_words() -> None:
    heading, _, *rest = LIST.splitlines()
    first = "first,20m,,support,all,call,customers call,,,"
    assert problems("\n".join([heading, first, *rest])) == (
        "events.csv:2: n: 'first' is not a whole number",
    )


def test_a_heading_without_an_end_is_no_csv() -> None:
    (problem,) = problems("\0" * 300_000)
    assert problem.startswith("events.csv:1: ")
    assert problem.endswith(("field larger than field limit (131072)", "line contains NUL"))
