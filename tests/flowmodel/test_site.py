"""Ends of flows as keys: there may be thousands of a role, and of pairs of them millions."""

from flowmodel.addresses import Addresses
from flowmodel.site import End
from flowmodel.source import Span


def test_one_address_that_a_site_binds_at_many_places_makes_no_equal_hashes() -> None:
    """Else a dictionary of their pairs compares each with all others."""
    one = Addresses(v4=((1, 1),))
    ends = [End("web", "role", one, span=Span("site.yaml", n, 1, n, 9)) for n in range(100)]

    assert len(set(map(hash, ends))) == 100
    assert hash(ends[0]) == hash(End("web", "role", one, span=Span("site.yaml", 0, 1, 0, 9)))
    assert len({End("web", "role", one), End("web", "role", one), *ends}) == 101
