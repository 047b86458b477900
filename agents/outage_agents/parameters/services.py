"""Section [services] of a scenario."""

import attrs


@attrs.frozen
class ServicesParameters:
    """Parameters of this section."""
