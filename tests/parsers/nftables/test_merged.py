"""What is declared twice, misspelt or missing: merged or refused as nft and the kernel do."""

import subprocess

import pytest

from flowmodel.source import InputError
from flowmodel.verdict import ACCEPT, DROP
from tests.parsers.nftables.samples import export, show, verdict

CHAIN = "chain c { type filter hook input priority 0;"
REFUSED = {
    "set s { type ipv4_adr; }": "`ipv4_adr` is no type of value",
    "set s { typeof ip sadr; }": "`ip sadr` is no property of a packet",
    "set s { type ipv4_addr; policy foo; }": "`foo` is no value of `policy`",
    "set s { type ipv4_addr; size x; }": "`x` is no value of `size`",
    "set s { type ipv4_addr; timeout x; }": "`x` is no value of `timeout`",
    "set s { type ipv4_addr; frags interval; }": "`frags` is not expected in a set",
    "set s { type ipv4_addr : verdict; }": "a map has values, and a set has none: `s`",
    "map m { type ipv4_addr; }": "a map has values, and a set has none: `m`",
    "map m { type ipv4_addr : ipv4_adr; }": "`ipv4_adr` is no type of value",
    "set s { type ipv4_addr; elements = { 10.0.0.0/8 }; }": (
        "`10.0.0.0/8` needs `flags interval` in its set"
    ),
    "set s { type ipv4_addr; flags interval; flags timeout; elements = { 10.0.0.0/8 }; }": (
        "`10.0.0.0/8` needs `flags interval` in its set"
    ),
    "set s { type ipv4_addr; }\nset s { type inet_service; }": (
        "`s` is declared above, with another type"
    ),
    "flags foo;": "`foo` is no flag of a table",
    f"{CHAIN} policy accept; policy drop; }}": "the policy of a chain is set twice",
    f"{CHAIN} }}\nchain c {{ type filter hook input priority 5; }}": (
        "the chain `c` is declared above, in another way"
    ),
    f"{CHAIN} }}\nchain c {{ type filter hook output priority 0; }}": (
        "the chain `c` is declared above, in another way"
    ),
    "chain c { }\nchain c { type filter hook input priority 0; }": (
        "the chain `c` is declared above, as no base chain"
    ),
    "chain c { policy drop; }": "a policy needs a base chain: `type … hook … priority …`",
    f"{CHAIN} tcp dport vmap {{ 22 : accept, 22 : drop }}\n}}": "`22` has two values",
    f"{CHAIN} tcp dport vmap {{ 22 : accept, 0x16 : drop }}\n}}": "`0x16` has two values",
    f"{CHAIN} tcp dport vmap {{ 22-30 : accept, 22-30 : drop }}\n}}": "`22-30` has two values",
    f"{CHAIN} tcp dport vmap {{ * : drop, 22 : accept, * : accept }}\n}}": "`*` has two values",
    f'{CHAIN} iifname vmap {{ "a" : accept, "a" : drop }}\n}}': '`"a"` has two values',
    f"{CHAIN} ip saddr . tcp dport vmap {{ 10.0.0.1 . 22 : accept, 10.0.0.1 . 22 : drop }}\n}}": (
        "`10.0.0.1 . 22` has two values"
    ),
    "map m { type inet_service : verdict; elements = { 22 : accept, 22 : drop }; }": (
        "`22` has two values"
    ),
    f'{CHAIN} limit name "nope" accept\n}}': 'the table has no limit "nope"',
    f'{CHAIN} counter name "nope" accept\n}}': 'the table has no counter "nope"',
    f'{CHAIN} quota name "nope" accept\n}}': 'the table has no quota "nope"',
    f"{CHAIN} add @nope {{ ip saddr }} accept\n}}": "the table has no set `nope`",
    "chain c { type filter hook forward priority 0; flow add @nope\n}": (
        "the table has no flowtable nope"
    ),
}


def _nft_loads(content: str) -> bool:
    done = subprocess.run(
        ["unshare", "-r", "-n", "nft", "-f", "-"],
        input=content,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize(("body", "message"), REFUSED.items())
def test_what_cannot_be_loaded_is_refused(body: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        export(f"table ip t {{\n{body}\n}}\n")

    assert caught.value.message == message


@pytest.mark.parametrize("body", REFUSED)
@pytest.mark.usefixtures("nft")
def test_nft_or_the_kernel_refuses_it_too(body: str) -> None:
    assert not _nft_loads(f"table ip t {{\n{body}\n}}\n")


LOADED = {
    "set s { type ipv4_addr; elements = { 1.1.1.1 }; elements = { 2.2.2.2 }; }": "src=2020202",
    "set s { type ipv4_addr; elements = { 1.1.1.1 }; }\n"
    "set s { type ipv4_addr; elements = { 1.1.1.2 }; }": "src=1010101-1010102",
    "set s { type ipv4_addr; type ipv4_addr; elements = { 1.1.1.1, 1.1.1.1 }; }": "src=1010101",
    "set s { typeof ip saddr; size 9; policy memory; elements = { 1.1.1.1 }; }": ("src=1010101"),
}


@pytest.mark.parametrize(("body", "expected"), LOADED.items())
def test_a_set_has_these_elements(body: str, expected: str) -> None:
    found = export(f"table ip t {{\n{body}\n{CHAIN} ip saddr @s accept\n}}\n}}\n")
    (rule,) = found.tables[0].chains["c"].rules

    assert show(rule.match) == expected


@pytest.mark.parametrize("body", LOADED)
@pytest.mark.usefixtures("nft")
def test_nft_loads_the_set_too(body: str) -> None:
    assert _nft_loads(f"table ip t {{\n{body}\n{CHAIN} ip saddr @s accept\n}}\n}}\n")


def test_a_chain_may_be_declared_again_with_another_policy_or_none() -> None:
    head = "type filter hook input priority 0;"
    other = f"chain c {{ {head} policy drop; }}\nchain c {{ {head} policy accept; accept\n }}"
    none = f"chain c {{ {head} policy drop; }}\nchain c {{ accept\n }}"

    for body, end in ((other, ACCEPT), (none, DROP)):
        chain = export(f"table ip t {{\n{body}\n}}\n").tables[0].chains["c"]
        assert chain.end == end
        assert [verdict(rule.verdict) for rule in chain.rules] == ["accept"]


STRANGE = "\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u3000"


@pytest.mark.parametrize("space", STRANGE, ids=[f"{ord(each):x}" for each in STRANGE])
@pytest.mark.parametrize(
    "content",
    [
        "table ip t {{ chain c {{{0}}}\n}}\n",
        "table ip t {{ chain c {{\n{0}\n}}\n}}\n",
        "table{0}ip t {{ }}\n",
        "table ip t {{ chain c {{ ip saddr{0}1.1.1.1 accept\n}}\n}}\n",
    ],
)
def test_space_that_is_none_to_nft_is_refused(space: str, content: str) -> None:
    with pytest.raises(InputError) as caught:
        export(content.format(space))

    assert f"the character U+{ord(space):04X} is not expected here" == caught.value.message


def test_strange_space_may_stand_in_comments_and_strings() -> None:
    export('table ip t { chain c { accept comment "a\xa0b" # c\u3000d\n}\n}\n')
