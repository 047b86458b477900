"""What holds for every test: a busy machine makes none of them fail; what costs much is shared.

Laws are tried on fifty examples; `--hypothesis-profile=thorough` tries five hundred.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.sharing import Nights, Shelf

SLOW = [HealthCheck.too_slow]

settings.register_profile(
    "outage-tui", max_examples=50, deadline=None, suppress_health_check=SLOW, print_blob=True
)
settings.register_profile(
    "thorough", max_examples=500, deadline=None, suppress_health_check=SLOW, print_blob=True
)
settings.load_profile("outage-tui")


LONGEST = (
    "tests/tui/test_what_if_command.py",
    "tests/test_benchmarks.py",
    "tests/tui/test_terminal.py",
    "tests/agents/test_mechanisms.py",
    "tests/test_docs.py",
    "tests/engine/validation/test_queues.py",
    "tests/agents/test_causes.py",
    "tests/tui/test_interventions.py",
    "tests/tui/test_host.py",
    "tests/tui/test_drill_host_process.py",
    "tests/agents/ec2/test_lease_outlook.py",
    "tests/tui/test_drill_host.py",
)
"""Files that come first, the longest of all: none of them begins when all others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which workers are given them."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Files that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shelf"
    folder.mkdir(exist_ok=True)
    return Shelf(folder)


@pytest.fixture(scope="session")
def nights(shelf: Shelf) -> Nights:
    """Whole nights, for what must be found or seen in all of them."""
    return Nights(shelf)
