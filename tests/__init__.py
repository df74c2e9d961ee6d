"""The tests of fwlint; CONTRIBUTING.md has a map of them."""

from pathlib import Path

from parsers import COMPANIONS, FORMATS

ROOT = Path(__file__).parents[1]
"""The folder of the checkout."""
FIXTURES = ROOT / "fixtures"
DEFAULTS = FIXTURES / "defaults"
"""What tools load without being told anything, each with what the checks say of it."""
FORMAT_NAMES = ", ".join(each.name for each in FORMATS)
READABLE = f"{FORMAT_NAMES}, and beside rules {', '.join(each.name for each in COMPANIONS)}"
"""How messages list the formats; a new one changes no test."""
