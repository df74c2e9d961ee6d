"""Port forwards, 1:1 and outbound NAT: what is translated, and what is said about the rest."""

from typing import Any

import pytest

from flowmodel.verdict import MapNetwork, TranslateDestination, TranslateSource
from tests.parsers.pf.reading import answer, read, rules, said, verdict

_AT_WAN: dict[str, Any] = {"dst": "198.51.100.2", "dport": 8080}


def _forward(more: str = "", port: str = "8080", local: str = "443") -> str:
    return (
        "<nat><rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"
        f"<destination><network>wanip</network><port>{port}</port></destination>"
        f"<target>10.1.0.10</target><local-port>{local}</local-port>{more}</rule></nat>"
    )


def test_a_forward_needs_a_rule_for_the_inner_address() -> None:
    inner = rules("<protocol>tcp</protocol><destination><address>10.1.0.10</address><port>443"
                  "</port></destination>")  # fmt: skip

    assert verdict(read(_forward()), **_AT_WAN) == "drop"
    assert verdict(read(_forward() + inner), **_AT_WAN) == "accept"
    assert verdict(read(_forward("<associated-rule-id>pass</associated-rule-id>")),
                               **_AT_WAN) == "accept"  # fmt: skip


def test_what_a_forward_says_in_words() -> None:
    found = answer(read(_forward("<descr>Web</descr>") + rules("<type>block</type>")), **_AT_WAN)

    assert 'rdr on wan proto tcp from any to wanip port 8080 -> 10.1.0.10 port 443 "Web"' in [
        step.text for step in found.steps
    ]


def test_the_ports_of_a_range_go_to_those_at_the_same_place() -> None:
    chain = read(_forward(port="5000-5002", local="6000")).tables[0].chains["rdr in"]
    targets = [r.verdict.ports for r in chain.rules if isinstance(r.verdict, TranslateDestination)]

    assert targets == [((6000, 6000),), ((6001, 6001),), ((6002, 6002),)]


def test_a_long_range_goes_to_any_of_its_targets() -> None:
    chain = read(_forward(port="5000-9000", local="6000")).tables[0].chains["rdr in"]
    targets = [r.verdict.ports for r in chain.rules if isinstance(r.verdict, TranslateDestination)]

    assert targets == [((6000, 10000),)]


def test_a_disabled_forward_is_kept_where_it_would_stand() -> None:
    chain = read(_forward("<disabled/>")).tables[0].chains["rdr in"]

    assert [len(chain.rules)] == [index for index, _ in chain.disabled]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (_forward().replace("10.1.0.10", "nosuch"), "<target>nosuch</target>"),
        (_forward(local="nosuch"), "<local-port>nosuch</local-port>"),
        (_forward(port="nosuch"), "<port>nosuch</port>"),
        (_forward().replace(">wan<", ">opt7<"), "<interface>opt7</interface>"),
    ],
)
def test_a_remark_names_the_part_of_a_forward_that_matters(text: str, part: str) -> None:
    found = read(text)

    gap = next(gap for gap in found.gaps if gap.check == "FW307")
    assert gap.field is not None
    line = found.sources[0].lines[gap.field.line - 1]
    assert part == line[gap.field.column - 1 : gap.field.last_column]


def test_outbound_nat_hides_what_is_inside_behind_the_gateway() -> None:
    chain = read().tables[0].chains["nat out"]
    found = [rule.verdict for rule in chain.rules if isinstance(rule.verdict, TranslateSource)]
    wan = 198 << 24 | 51 << 16 | 100 << 8 | 2

    # ISAKMP keeps its port, so port 0 is told apart; then IPv6 the same.
    assert [((wan, wan),)] * 3 == [each.addresses for each in found][:3]
    assert found[2].ports == ((1024, 65535),)


def test_one_to_one_translates_both_ways() -> None:
    text = (
        "<nat><onetoone><interface>wan</interface><external>198.51.100.77</external>"
        "<source><address>10.1.0.16/28</address></source><destination><any/></destination>"
        "</onetoone></nat>"
    )
    chains = read(text).tables[0].chains
    into = [r.verdict for r in chains["binat in"].rules if isinstance(r.verdict, MapNetwork)]
    out = [r.verdict for r in chains["binat out"].rules if isinstance(r.verdict, MapNetwork)]

    assert [(each.direction, each.network) for each in into] == [("dst", 10 << 24 | 1 << 16 | 16)]
    assert [(each.direction, each.network) for each in out] == [
        ("src", 198 << 24 | 51 << 16 | 100 << 8 | 64)
    ]


def test_reflection_by_proxy_is_remarked_and_pure_nat_is_read() -> None:
    proxied = read(_forward("<natreflection>enable</natreflection>"))
    pure = read(
        _forward("<natreflection>purenat</natreflection>") + rules("<interface>lan</interface>")
    )
    from_inside = {**_AT_WAN, "src": "10.1.0.9", "in_name": "em1", "out_name": "em1"}

    assert (said(proxied)) == [
        "FW902: what reflection makes of it for the interfaces inside is not in the model"
    ]
    assert said(pure) == []
    steps = [step.text for step in answer(pure, **from_inside).steps]
    assert any(text.endswith(", reflected") for text in steps)


def test_what_cannot_be_translated_is_remarked() -> None:
    gone = _forward().replace("10.1.0.10", "GONE")
    port = _forward(local="GONE")

    assert said(read(gone)) == [
        (
            "FW307: pfSense leaves the translation out: its target means no address: `GONE` is no "
            "network that pfSense knows"
        )
    ]
    assert said(read(port)) == ["FW307: there is no port alias `GONE`: the port stays as it is"]


def test_a_forward_without_a_protocol_makes_a_rule_that_pf_refuses() -> None:
    """filter.inc, filter_nat_rules_generate: `proto` with no name behind it."""
    forward = (
        "<nat><rule><interface>wan</interface>{}<source><any/></source><destination><network>wanip"
        "</network></destination><target>10.1.0.10</target><associated-rule-id>pass"
        "</associated-rule-id></rule></nat>"
    )
    sure = read(forward.format("<protocol>any</protocol>"))
    lacking = [read(forward.format(each)) for each in ("", "<protocol/>")]

    assert verdict(sure, dst="198.51.100.2") == "accept"
    for each in lacking:
        assert verdict(each, dst="198.51.100.2") == "unknown"
        assert "FW901: a port forward without a <protocol>" in "\n".join(said(each))


@pytest.mark.parametrize(
    ("port", "is_odd"), [("", False), ("2000", False), ("2000:3000", False), ("x9", True)]
)
def test_ports_of_a_pool_that_are_none_make_a_rule_that_pf_refuses(
    port: str, *, is_odd: bool
) -> None:
    found = read(
        "<nat><outbound><mode>advanced</mode><rule><interface>wan</interface><source><network>"
        "10.1.0.0/24</network></source><destination><any/></destination><target/>"
        f"<natport>{port}</natport></rule></outbound></nat>"
    )

    assert ("FW901: <natport> is no port that is known here" in said(found)) is is_odd


_TFTP: dict[str, Any] = {"proto": 17, "dport": 69, "src": "203.0.113.9", "dst": "198.51.100.2"}


def test_the_tftp_proxy_passes_without_a_rule() -> None:
    on_wan = read(system="<tftpinterface>wan,opt9</tftpinterface>")
    on_lan = read(system="<tftpinterface>lan</tftpinterface>")

    assert verdict(on_wan, "input", **_TFTP) == "accept"
    assert verdict(on_wan, "input", **{**_TFTP, "dport": 70}) == "drop"
    assert verdict(on_lan, "input", **_TFTP) == "drop"
    assert verdict(read(), "input", **_TFTP) == "drop"


@pytest.mark.parametrize(
    ("setting", "verdict_"),
    [
        ("<enable/><ipaddr>10.2.0.7</ipaddr>", "accept"),
        ("<ipaddr>10.2.0.7</ipaddr>", "drop"),
        ("<enable/><ipaddr>nowhere</ipaddr>", "drop"),
        ("<enable/><ipaddr>2001:db8::7</ipaddr>", "drop"),
    ],
)
def test_ipv6_in_ipv4_is_redirected_by_its_setting(setting: str, verdict_: str) -> None:
    inner = "<destination><address>10.2.0.7</address></destination>"
    allowed = rules(f"<protocol>ipv6</protocol>{inner}")
    found = read(f"<diag><ipv6nat>{setting}</ipv6nat></diag>{allowed}")
    sent: dict[str, Any] = {"proto": 41, "sport": 0, "dport": 0, "dst": "198.51.100.2"}

    assert verdict(found, out_name="em2", **sent) == verdict_


def test_where_ipv6_in_ipv4_goes_is_remarked_if_it_is_no_address() -> None:
    where = "`nowhere` is no address: where IPv6 over IPv4 is sent to is not known"
    found = read("<diag><ipv6nat><enable/><ipaddr>nowhere</ipaddr></ipv6nat></diag>")

    assert f"FW901: {where}" in said(found)
