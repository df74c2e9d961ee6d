"""The claims on all crossings of a site are made within the time that there is for them."""

from collections.abc import Iterator
from itertools import repeat
from typing import cast
from unittest.mock import patch

import pytest

from flowmodel.site import Site
from linter.checks.exposure import claims
from linter.checks.exposure.claims import Claim, claims_of
from linter.checks.exposure.crossings import Crossing
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError

_CROSSINGS = [cast("Crossing", "first"), cast("Crossing", "second")]


def _subject() -> Subject:
    return Subject(Site("", {}, (), (), ()), {}, {}, claims=Budget(0.0))


def _about(crossing: Crossing) -> list[Claim]:
    return [cast("Claim", f"about the {crossing}")]


def test_they_come_crossing_by_crossing() -> None:
    with patch.object(claims, "crossings", lambda _: iter(_CROSSINGS)):
        found = claims_of(_subject(), _about)

    assert found == [_about(crossing)[0] for crossing in _CROSSINGS]


def test_claims_without_end_end_with_the_time() -> None:
    def endless(crossing: Crossing) -> Iterator[Claim]:
        return repeat(_about(crossing)[0])

    with (
        patch.object(claims, "crossings", lambda _: iter(_CROSSINGS)),
        pytest.raises(TooComplexError, match=r"^more than 0\.0 s of work$"),
    ):
        claims_of(_subject(), endless)
