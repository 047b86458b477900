"""The wheel as a drill; `wheel_text` tells what it is."""

from outage_agents.drills.drill import Drill
from outage_agents.drills.drill_file import read_drill
from outage_agents.drills.wheel_text import wheel_text


def wheel(seed: int, level: int) -> Drill:
    """A sealed random drill. Raises ValueError for a level the wheel does not have."""
    return read_drill(f"wheel:{seed}:{level}", wheel_text(seed, level))
