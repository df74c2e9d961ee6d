"""All shapes."""

from collections.abc import Iterator

from tests.bounds import aws, formats, netfilter, nft, nft_json, others, pf
from tests.bounds.shape import Shape

_MODULES = (netfilter, nft, nft_json, pf, aws, formats, others)


def shapes() -> Iterator[Shape]:
    """The shapes of all readers."""
    for module in _MODULES:
        yield from module.shapes()
