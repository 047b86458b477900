"""Every number of a scenario, one attrs class for each TOML section.

A field carries its unit and where the number comes from; ``assumed`` means that no source gives it.
May import nothing of the cast: the cast imports this.
"""

from outage_agents.parameters.field import Parameter, param, parameter_of

__all__ = ["Parameter", "param", "parameter_of"]
