"""A shape of input: files made up to a size, and what is asked of them."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import NamedTuple

from tests.bench.site import site

Make = Callable[[int], str]
"""A text of about so many bytes."""
Asks = tuple[tuple[str, ...], ...]
Files = Mapping[str, str]


class Shape(NamedTuple):
    """What is read, for a size in bytes, and the commands that read it."""

    name: str
    files: Callable[[int], Files]
    asks: Asks


def filled(size: int, piece: Callable[[int], str]) -> str:
    """The pieces of the numbers from 0 on, as many as have that size together."""
    found: list[str] = []
    for number in count():
        size -= len(made := piece(number))
        if size < 0 and found:
            break
        found.append(made)
    return "".join(found)


def repeated(size: int, piece: str) -> str:
    """The piece, as often as it fits."""
    return piece * (size // len(piece))


def bare(*exports: str) -> tuple[str, ...]:
    """The check of one machine without a site."""
    return ("check", "--policy", "leap", "--role", "webapp", *exports)


def check(*exports: str) -> tuple[str, ...]:
    """The check of exports without a site and without a policy."""
    return ("check", *exports)


def one(kind: str, name: str, shape: str, make: Make, asks: Asks = ()) -> Shape:
    """A shape of one export that is asked as a machine's own; of asks, others than that."""
    return Shape(f"{kind}: {shape}", lambda size: {name: make(size)}, asks or (bare(name),))


def routed(kind: str, name: str, shape: str, make: Make, asks: Asks = ()) -> Shape:
    """A shape of one export that is also asked as a router's, at a site with all products."""
    return Shape(
        f"{kind}: {shape}",
        lambda size: {name: make(size), "site.yaml": site(name)},
        (*(asks or (bare(name),)), ("check", "site.yaml")),
    )


def address(number: int) -> str:
    """An address of its own for each number, spread over the network 10.0.0.0/8."""
    spread = number * 40_503 % (1 << 24)
    return f"10.{spread >> 16}.{spread >> 8 & 255}.{spread & 255}"
