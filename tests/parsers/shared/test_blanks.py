"""What Python takes for a blank is part of a word to iptables-restore and ipset, and refused."""

from collections.abc import Callable

import pytest

from flowmodel.source import InputError, Source
from parsers.ipset.read import parse_sets
from parsers.iptables.read import parse
from parsers.shared.context import Context

ODD = "\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2028\u2029\u202f\u205f\u3000"


def _rules(line: str) -> None:
    parse(Source("rules", ["*filter", ":INPUT DROP [0:0]", line, "COMMIT"]), Context())


def _sets(line: str) -> None:
    parse_sets(Source("sets", ["create a hash:ip family inet comment", "", line]))


REFUSED: list[tuple[Callable[[str], None], str]] = [
    (_rules, "-A INPUT -p tcp{0}--dport 22 -j ACCEPT"),
    (_rules, "-A INPUT -p tcp --dport 22 -j ACCEPT{0}"),
    (_rules, "{0}-A INPUT -p tcp --dport 22 -j ACCEPT"),
    (_rules, "{0}"),
    (_rules, '-A INPUT -m comment --comment "a" {0}-j ACCEPT'),
    (_rules, '-A INPUT -m comment --comment "a\\"b"{0} -j ACCEPT'),
    (_sets, "add a{0}192.0.2.1"),
    (_sets, "add a 192.0.2.1{0}"),
    (_sets, "{0}add a 192.0.2.1"),
    (_sets, 'add a 192.0.2.1 comment "a"{0}'),
]
READ: list[tuple[Callable[[str], None], str]] = [
    (_rules, '-A INPUT -m comment --comment "a{0}b" -j ACCEPT'),
    (_rules, '-A INPUT -m comment --comment "a\\"{0}b" -j ACCEPT'),
    (_rules, "# Generated{0}by hand"),
    (_sets, 'add a 192.0.2.1 comment "a{0}b"'),
    (_sets, "# by{0}hand"),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{ord(odd):x}")
@pytest.mark.parametrize(("read", "line"), REFUSED)
def test_an_odd_blank_is_refused_with_its_place(
    read: Callable[[str], None], line: str, odd: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(line.format(odd))

    assert caught.value.message == f"the character U+{ord(odd):04X} is not expected here"
    assert (caught.value.span.line, caught.value.span.column) == (3, line.index("{0}") + 1)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{ord(odd):x}")
@pytest.mark.parametrize(("read", "line"), READ)
def test_it_may_stand_in_strings_and_comments(
    read: Callable[[str], None], line: str, odd: str
) -> None:
    read(line.format(odd))


@pytest.mark.parametrize(("read", "line"), REFUSED)
def test_a_space_and_a_tab_are_blanks(read: Callable[[str], None], line: str) -> None:
    for blank in (" ", "\t"):
        read(line.format(blank))
