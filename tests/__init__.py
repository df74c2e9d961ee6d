"""The tests of fwlint; CONTRIBUTING.md has a map of them."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The folder of the checkout."""
FIXTURES = ROOT / "fixtures"
DEFAULTS = FIXTURES / "defaults"
"""What tools load without being told anything, each with what the checks say of it."""
