"""Section [dns] of a scenario."""

import attrs


@attrs.frozen
class DnsParameters:
    """Parameters of this section."""
