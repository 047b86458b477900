"""Section [ec2] of a scenario."""

import attrs


@attrs.frozen
class Ec2Parameters:
    """Parameters of this section."""
