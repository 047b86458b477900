"""Section [dwfm] of a scenario."""

import attrs


@attrs.frozen
class DwfmParameters:
    """Parameters of this section."""
