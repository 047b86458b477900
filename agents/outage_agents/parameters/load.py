"""Section [load] of a scenario."""

import attrs


@attrs.frozen
class LoadParameters:
    """Parameters of this section."""
