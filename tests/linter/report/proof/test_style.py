"""The colours of the page: text of every tone can be read, by day and by night."""

import re
from importlib.resources import files

import pytest

_STYLE = files("linter.report.proof").joinpath("templates/style.css").read_text(encoding="utf-8")
_LIGHT, _DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block))
    for block in re.findall(r":root \{(.*?)\}", _STYLE, re.DOTALL)
)
_PAIRS = [
    *((ink, page) for ink in ("ink", "soft", "link") for page in ("page", "panel")),
    *((tone, page) for tone in ("good", "bad", "unsure", "none") for page in ("page", "panel")),
    *((tone, f"{tone}-page") for tone in ("good", "bad", "unsure", "none")),
    *(("ink", f"{tone}-page") for tone in ("good", "bad", "unsure")),
    *((tone, "role") for tone in ("ink", "soft", "good", "bad", "unsure", "none")),
    ("ink", "mark"),
]


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_is_that_of_the_standard() -> None:
    assert round(_contrast("#fff", "#000000"), 1) == 21
    assert round(_contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "page"), _PAIRS)
def test_every_text_has_the_contrast_of_aa(theme: dict[str, str], ink: str, page: str) -> None:
    assert _contrast(theme[ink], theme[page]) >= 4.5
