"""Section [lambda] of a scenario."""

import attrs


@attrs.frozen
class LambdaParameters:
    """Parameters of this section."""
