"""Section [nlb] of a scenario."""

import attrs


@attrs.frozen
class NlbParameters:
    """Parameters of this section."""
