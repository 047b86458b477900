"""Measurements too long for the test suite, and the figures of `docs/performance.md`.

Run each from the root of the checkout as `python -m benchmarks.NAME`; README.md says what each one
measures. They measure this checkout, installed or not. They may import everything; nothing imports
them but the tests.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

for _source_root in ("tui", "agents", "engine"):
    if str(ROOT / _source_root) not in sys.path:
        sys.path.insert(0, str(ROOT / _source_root))
