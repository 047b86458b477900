"""What holds for every test: a busy machine makes none of them fail.

Laws are tried on fifty examples; `--hypothesis-profile=thorough` tries five hundred.
"""

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]

settings.register_profile(
    "outage-tui", max_examples=50, deadline=None, suppress_health_check=SLOW, print_blob=True
)
settings.register_profile(
    "thorough", max_examples=500, deadline=None, suppress_health_check=SLOW, print_blob=True
)
settings.load_profile("outage-tui")
