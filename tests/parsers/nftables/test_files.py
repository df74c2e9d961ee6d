"""What stands around the rules: blocks, commands, variables, includes, and where things stand."""

import re
from pathlib import Path

import pytest

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from flowmodel.verdict import DROP
from parsers import read_exports
from parsers.nftables.read import parse
from parsers.shared.context import Context
from tests.parsers.nftables.samples import export, show, verdict


def chain(content: str, name: str = "c") -> list[str]:
    """The rules of a chain of the first table, as text."""
    found = export(content).tables[0].chains[name].rules
    return [f"{show(rule.match)} {verdict(rule.verdict)}".strip() for rule in found]


def table(*lines: str) -> str:
    """An inet table with these lines."""
    return "\n".join(["table inet t {", *lines, "}", ""])


C = "chain c { type filter hook input priority 0; policy drop; }"

BOTH = "table inet t { chain c { tcp dport 22 accept; drop; }; }"
LAYOUTS = {
    "one line": BOTH,
    "one statement a line": "table inet t {\nchain c {\ntcp dport 22 accept\ndrop\n}\n}",
    "comments": "# a\ntable inet t { # b\nchain c {\n# c\ntcp dport 22 accept # d\ndrop\n}\n}",
    "continued": "table inet t {\nchain c {\ntcp \\\n dport 22 \\\naccept\ndrop\n}\n}",
    "a set over lines": "table inet t {\nchain c {\ntcp dport {\n22,\n} accept\ndrop\n}\n}",
    "repeated": (
        "table inet t { chain c { tcp dport 22 accept; }; }\ntable inet t { chain c { drop; }; }"
    ),
    "commands": (
        "add table inet t\nadd chain inet t c\nadd rule inet t c drop\n"
        "insert rule inet t c tcp dport 22 accept"
    ),
    "by index": (
        "add table inet t\nadd chain inet t c\nadd rule inet t c tcp dport 22 accept\n"
        "add rule inet t c ip saddr 192.0.2.1 accept\nadd rule inet t c index 0 drop\n"
        "delete rule inet t c index 2"
    ),
    "flushed": f"table ip x {{ chain y {{ drop; }}; }}\nflush ruleset\n{BOTH}",
    "a variable": f"define p = 22\n{BOTH.replace('22', '$p')}",
    "a variable in braces": f"define p = {{ 22 }}\n{BOTH.replace('22', '$p')}",
    "redefined": f"define p = 23\nredefine p = 22\n{BOTH.replace('22', '$p')}",
    "a variable of a variable": (f"define a = 22\ndefine p = $a\n{BOTH.replace('22', '{ $p }')}"),
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_says_the_same(content: str) -> None:
    assert chain(content) == ["proto=6; dport=16 accept", "drop"]


def test_a_base_chain_has_hook_priority_and_policy() -> None:
    content = table("chain c { type filter hook forward priority mangle + 5; policy drop; }")
    chain = export(content).tables[0].chains["c"]

    assert chain.base is not None
    assert (chain.base.hook, chain.base.priority, chain.end) == ("forward", -145, DROP)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"drop"', "policy drop"),
        ('"mangle + 5"', "priority mangle + 5"),
        ("mangle", "priority mangle"),
        ('"d"', "jump d"),
        ('"d"', "goto d"),
    ],
)
def test_a_variable_may_hold_a_quoted_name(value: str, said: str) -> None:
    name = said.partition(" ")[0]
    base = "type filter hook forward priority 0; policy accept; tcp dport 22 jump d; goto d;"

    def chain_that_says(word: str) -> tuple[object, ...]:
        inside = re.sub(rf"{name} [^;]*", word, base)
        content = table("chain d { accept; }", f"chain c {{ {inside} }}")
        content = f"define v = {value}\n{content}"
        found = export(content).tables[0].chains["c"]

        assert found.base is not None
        return found.base.priority, verdict(found.end), chain(content)

    assert chain_that_says(f"{name} $v") == chain_that_says(said)


def test_a_chain_that_is_declared_again_keeps_its_policy() -> None:
    content = table(C) + table("chain c { type filter hook input priority 0; }")
    chain = export(content).tables[0].chains["c"]

    assert chain.base is not None
    assert chain.end == DROP


def test_tables_of_one_name_and_two_families_stay_apart() -> None:
    content = "table ip t { chain c { accept; }; }\ntable ip6 t { chain c { drop; }; }"

    assert [(found.name, set(found.families)) for found in export(content).tables] == [
        ("ip t", {4}),
        ("ip6 t", {6}),
    ]


def test_elements_come_and_go_by_commands() -> None:
    content = (
        "table ip t { set s { type ipv4_addr; flags interval; }\nchain c { ip saddr @s drop; }; }\n"
        "add element ip t s { 192.0.2.1, 192.0.2.2, 10.0.0.0/8 }\n"
        "delete element ip t s { 192.0.2.2, 10.0.0.0-10.255.255.255 }\n"
    )

    assert chain(content) == ["src=c0000201 drop"]


def test_ingress_is_before_prerouting_and_sees_its_devices_only() -> None:
    content = (
        "table netdev t { chain c { type filter hook ingress device eth0 priority 5; drop; }; }"
    )
    found = export(content).tables[0].chains["c"]

    assert found.base is not None
    assert (found.base.hook, found.base.priority < -(1 << 39)) == ("prerouting", True)
    assert chain(content) == ["not(in=eth0) accept", "drop"]


HOOKED = "chain c { type filter hook input priority 0; drop; };"
GAPS = [
    (f"table bridge t {{ {HOOKED} }}", "FW902"),
    (f"table arp t {{ {HOOKED} }}", "FW902"),
    (f"table bridge t {{ flags dormant; {HOOKED} }}", "FW902"),
]


@pytest.mark.parametrize(("content", "check"), GAPS)
def test_what_is_no_part_of_the_answer_is_said(content: str, check: str) -> None:
    found = export(content)

    assert found.tables == ()
    assert [gap.check for gap in found.gaps] == [check]


@pytest.mark.parametrize(
    ("content", "is_dormant"),
    [
        (f"table ip t {{ flags dormant; {HOOKED} }}", True),
        (f"table ip t {{ {HOOKED} }}\ntable ip t {{ flags dormant; }}", True),
        (f"table ip t {{ flags dormant; {HOOKED} }}\nadd chain ip t d", True),
        # Each table command says all flags of the table.
        (f"table ip t {{ flags dormant; {HOOKED} }}\ntable ip t {{ chain d {{ }}; }}", False),
        (f"table ip t {{ flags dormant; {HOOKED} }}\nadd table ip t", False),
        (f"table ip t {{ {HOOKED} }}", False),
    ],
)
def test_a_dormant_table_is_there_and_filters_nothing(content: str, is_dormant: bool) -> None:
    found = export(content)

    assert found.families == {4}
    assert ("c" in found.tables[0].chains) is not is_dormant
    assert [gap.check for gap in found.gaps if "dormant" in gap.message] == ["FW902"] * is_dormant


NETDEV = "table {} t {{ chain c {{ type filter hook ingress device eth0 priority 0; {}; }}; }}"


@pytest.mark.parametrize(
    ("family", "rules", "is_said"),
    [
        ("netdev", "policy drop; tcp dport 80 accept", True),
        ("netdev", "tcp dport 80 accept; drop", True),
        ("netdev", 'policy drop; tcp dport 80 accept comment "arp"', True),
        ("netdev", "meta pkttype != host drop", True),
        ("netdev", "policy drop; meta protocol arp accept; tcp dport 80 accept", False),
        ("netdev", "policy drop; ether type { ip, arp } accept", False),
        ("netdev", "policy drop; ether type 0x0806 accept", False),
        ("netdev", "tcp dport 80 drop", False),
        ("netdev", "ip saddr != 10.0.0.0/8 drop", False),
        # nft_do_chain_inet_ingress lets pass what is neither IPv4 nor IPv6.
        ("inet", "policy drop; tcp dport 80 accept", False),
    ],
)
def test_a_chain_that_drops_arp_is_remarked(family: str, rules: str, is_said: bool) -> None:
    found = export(NETDEV.format(family, rules))

    assert any("ARP" in gap.message for gap in found.gaps) is is_said


def test_a_rule_stands_where_it_is_written() -> None:
    content = "table inet t {\n\tchain c {\n\t\tip saddr 192.0.2.1 \\\n\t\t  drop\n\t}\n}"
    (rule,) = export(content).tables[0].chains["c"].rules

    assert str(rule.span) == "rules.nft:3:3"
    assert (rule.span.last_line, rule.span.last_column) == (4, 8)


def read(folder: Path, main: str, **files: str) -> RuleSet:
    """The rule set of a file with other files beside it; `__` in a name is a slash."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".nft")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    path = folder / "main.nft"
    path.write_text(main, encoding="utf-8")
    return parse(Source(str(path), main.split("\n")), Context())


def test_included_rules_stand_in_their_own_file(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'define p = 22\ninclude "./d/*.nft"\n',
        d__2="table inet t { chain c { drop; }; }",
        d__1="table inet t { chain c { tcp dport $p accept; }; }",
    )
    rules = found.tables[0].chains["c"].rules

    assert [str(rule.span) for rule in rules] == [
        f"{tmp_path}/d/1.nft:1:26",
        f"{tmp_path}/d/2.nft:1:26",
    ]
    assert [verdict(rule.verdict) for rule in rules] == ["accept", "drop"]
    assert [Path(source.path).name for source in found.sources] == ["main.nft", "1.nft", "2.nft"]


UP = "../" * 20
OUTSIDE = "is outside the folder of the export: --include-dir allows it"
INCLUDES = [
    ('include "./none.nft"', "1:1 the included file `./none.nft` is not there"),
    ('include "/etc/passwd"', f"1:1 the included file `/etc/passwd` {OUTSIDE}"),
    (f'include "{UP}etc/passwd"', f"1:1 the included file `{UP}etc/passwd` {OUTSIDE}"),
    ('include "./main.nft"', "1:1 files include each other more than 16 deep"),
    ("include main.nft", '1:1 `include "file"` is meant'),
]


@pytest.mark.parametrize(("line", "expected"), INCLUDES, ids=[line for line, _ in INCLUDES])
def test_an_include_that_must_not_be_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, line)

    error = raised.value
    assert f"{error.span.line}:{error.span.column} {error.message}" == expected


def test_a_folder_that_the_user_names_may_be_included_from(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "names.nft").write_text("define p = 22\n", encoding="utf-8")
    main = tmp_path / "conf" / "main.nft"
    main.write_text('table ip t { }\ninclude "../common/names.nft"\n', encoding="utf-8")

    (found,) = read_exports([str(main)], folders=[str(tmp_path / "common")])

    assert len(found.sources) == 2
    with pytest.raises(InputError):
        read_exports([str(main)])


def test_a_pattern_may_match_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, 'include "./d/*.nft"').tables == ()
