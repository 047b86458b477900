"""Section [nm] of a scenario."""

import attrs


@attrs.frozen
class NetworkManagerParameters:
    """Parameters of this section."""
