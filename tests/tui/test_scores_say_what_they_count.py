"""A drill may count customer-minutes and something of its own; no sentence leaves open which."""

import attrs

from outage_agents.drills.score import Ghost
from outage_tui.dashboard.renderables.player_score import compared
from tests.tui.test_player_score import SCORE


def test_every_comparison_names_what_is_counted() -> None:
    ghosts = (
        Ghost("as in history", 400_000.0, measured=3e6),
        Ghost("do nothing", 400_000.0),
    )
    outcome = attrs.evolve(SCORE.outcome, customer_minutes=100_000.0, measured=1.5e6, ghosts=ghosts)
    history, nothing = compared(outcome, "droplet-minutes")
    assert history.startswith("50 % fewer droplet-minutes than in history")
    assert nothing.startswith("75 % fewer customer-minutes than when nobody does anything")
