"""The worst shapes of sites, policies and packet files, and of files that are nothing known."""

from collections.abc import Iterator
from functools import partial

from tests.bench.site import site
from tests.bounds.shape import Files, Make, Shape, address, check, filled, one, repeated

_HEAD = "fwlint: site/1\nname: s\n"
_RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"

_SITES: dict[str, Make] = {
    "brackets": lambda size: _HEAD + "networks: " + repeated(size, "["),
    "networks": lambda size: (
        _HEAD + "networks:\n" + filled(size, lambda n: f"  n{n}: {address(n)}/32\n")
    ),
    "a network of addresses": lambda size: site("r.v4").replace(
        "mgmt: [10.99.0.0/24]", f"mgmt: [{filled(size, lambda n: address(n) + ', ')[:-2]}]"
    ),
    "aliases": lambda size: (
        _HEAD + "a0: &a0 [x]\n" + filled(size, lambda n: f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n")
    ),
    "one key again": lambda size: _HEAD + repeated(size, "name: s\n"),
    "comments": lambda size: _HEAD + repeated(size, "# a\n"),
    "one line": lambda size: f"{_HEAD}x: {repeated(size, 'a')}\n",
}
_NOTHING: dict[str, Make] = {
    "zeros": lambda size: repeated(size, "\0"),
    "letters": lambda size: repeated(size, "a"),
    "words": lambda size: repeated(size, "a "),
    "lines": lambda size: repeated(size, "\n"),
    "braces": lambda size: repeated(size, "{}"),
    "ampersands": lambda size: repeated(size, "&"),
    "exclamation marks": lambda size: "table ip " + repeated(size, "a") + "!",
    "bidirectional marks": lambda size: repeated(size // 3, "\u202e"),
}


def _with_rules(make: Make, size: int) -> Files:
    return {"site.yaml": make(size), "r.v4": _RULES}


def shapes() -> Iterator[Shape]:
    """All of them."""
    for name, make in _SITES.items():
        yield Shape(f"site: {name}", partial(_with_rules, make), (("check", "site.yaml"),))
    for name, make in _NOTHING.items():
        yield one("nothing known", "x", name, make, (check("x"),))
    packets = repeated
    yield Shape(
        "packets: one again",
        lambda size: {"r.v4": _RULES, "p": packets(size, "tcp 10.0.0.1:1 > 10.0.0.2:2\n")},
        (("trace", "--hook", "forward", "--packets", "p", "r.v4"),),
    )
