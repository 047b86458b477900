"""Players who join are told neither the drill's id nor its level.

From the id all that is to come can be printed, and the highest level says that nothing is wrong.
"""

import pytest

from outage_tui.drill_link import LEVEL_NOT_TOLD, Welcome

from .drill_table import SHORT, at_once, laid

ID = "gives-everything-away"


@pytest.mark.parametrize("seat", ["commander", "operations", "observer", "evaluator"])
def test_no_frame_of_a_seat_that_joins_names_the_drill(seat: str) -> None:
    async def play() -> None:
        text = SHORT.replace('id = "short"', f'id = "{ID}"', 1)
        assert ID in text
        async with laid(text, seat="facilitator") as table:
            assert (await table.starter.wait_for(Welcome)).drill == ID
            joined = await table.join(seat, "Kim")
            welcome = await joined.wait_for(Welcome)
            assert (welcome.drill, welcome.level) == ("", LEVEL_NOT_TOLD)
            await joined.state()
            assert ID.encode() not in bytes(joined.raw)

    at_once(play)
