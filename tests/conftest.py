"""What holds for every test: a busy machine makes none of them fail."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "outage-tui", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("outage-tui")
