"""What OPNsense leaves out, loads otherwise, or only the device knows, is said at the rule."""

import pytest

from tests.oracles.opnsense.facts import BASE, aliases, forward, older, rules
from tests.parsers.pf.opnsense.reading import configuration, of_text, said

_WEB = {"destination_port": "443"}
_NAMES = "FW307: the rule names"
_OFF = """<OPNsense><Firewall><Filter><settings><filter><disable_filter>1</disable_filter></filter>
</settings></Filter></Firewall></OPNsense>"""
_DAY = "<schedules><schedule><name>DAY</name></schedule></schedules>"


@pytest.mark.parametrize(
    ("model", "sections", "message"),
    [
        (
            rules({"source_net": "nosuch"}),
            "",
            f"{_NAMES} `nosuch`, which is disabled or not there: the rule is not loaded",
        ),
        (
            rules({"source_net": "nosuch,lan"}),
            "",
            (f"{_NAMES} `nosuch`, which is disabled or not there: the rule is loaded without it"),
        ),
        (
            rules({"interface": "opt2"}),
            "",
            (
                f"{_NAMES} the interface `opt2`, which is disabled or not there: the rule "
                "is not loaded"
            ),
        ),
        (
            rules({"interface": "opt2,lan"}),
            "",
            (
                f"{_NAMES} the interface `opt2`, which is disabled or not there: the rule "
                "is not loaded for it"
            ),
        ),
        (
            rules({"destination_port": "no_such"}),
            "",
            "FW307: the rule names the port `no_such`, which is not there: the rule is not loaded",
        ),
        (
            rules({"destination_port": "portal"}),
            "",
            (
                f"{_NAMES} the port `portal`, which is not there: the rule is not loaded, "
                "unless it is a service"
            ),
        ),
        (
            aliases(("-ports", "port", "80")) + rules({"destination_port": "ports"}),
            "",
            "FW307: the rule names the port alias `ports`, which is empty: it matches nothing",
        ),
        (
            aliases(("-web", "host", "10.1.0.9")) + rules({"destination_net": "web"}),
            "",
            "FW307: the rule names the alias `web`, which is empty: no address is in it",
        ),
        (
            rules({"sched": "NIGHT"}),
            _DAY,
            (
                "FW307: the rule names the schedule `NIGHT`, which is not there: the rule always "
                "applies"
            ),
        ),
        (
            rules({"sched": "DAY"}),
            _DAY,
            "FW902: only the device knows the schedule DAY",
        ),
        (
            rules({"ipprotocol": "inet46", "gateway": "GW"}),
            "",
            "FW313: the rule names the gateway `GW`, which is for IPv4 only: so is the rule",
        ),
        (
            "",
            older("<protocol></protocol><destination><any/><port>443</port></destination>"),
            "FW313: the rule names the destination port 443, but not TCP or UDP: it is left out",
        ),
        (
            rules({"protocol": "GRE", "destination_port": "443"}),
            "",
            "FW313: the rule names a port for gre, with which pf loads no rules at all",
        ),
        (
            "",
            older("<disabled/>"),
            "FW313: an empty <disabled/> does not switch the rule off",
        ),
        (
            "",
            older("<max>10</max>"),
            "FW313: its limits are left out: it names no <statetype>",
        ),
        (
            rules({"action": "match"}),
            "",
            "FW902: whether `quick` ends at a match rule depends on the version",
        ),
        (
            aliases(("web", "host", "www.example.org")) + rules({"destination_net": "web"}),
            "",
            "FW902: only the device knows addresses of www.example.org, of the alias web",
        ),
        (
            rules({"protocol": "NEWPROTO"}),
            "",
            "FW901: the protocol `newproto` is not known",
        ),
        (
            "",
            forward({"target": "nosuch"}),
            "FW307: the port forward names `nosuch`, which is not there: it is not loaded",
        ),
        (
            aliases(("-web", "host", "10.1.0.9")),
            forward({"source": "<network>web</network>"}),
            "FW307: the port forward names `web`, which is empty: it matches nothing",
        ),
        (
            aliases(("-web", "host", "10.1.0.9")),
            forward({"target": "web"}),
            "FW901: its target `web` has no address, and what pf does then is open",
        ),
        (
            "",
            (
                "<nat><onetoone><interface>wan</interface><external>198.51.100.9</external><source>"
                "<address>lan</address></source><destination><any/></destination></onetoone></nat>"
            ),
            (
                "FW901: it is not understood how lan becomes 198.51.100.9: what leaves or comes is "
                "judged without this translation"
            ),
        ),
        (
            "<Filter><rules/><strange/></Filter>",
            "",
            "FW901: <strange> is not understood: what it is about may mean less or more",
        ),
        (
            rules({"strange": "1"}),
            "",
            "FW901: <strange> is not understood: what it is about may mean less or more",
        ),
    ],
)
def test_it_is_said_that(model: str, sections: str, message: str) -> None:
    assert message in said(configuration(model, sections).gaps)


@pytest.mark.parametrize(
    ("model", "sections"),
    [
        (rules(_WEB), ""),
        (rules({"source_net": "lan,opt1", "destination_net": "(self)"}), ""),
        (rules({"source_net": "nosuch", "enabled": "0"}), ""),
        (rules({"ipprotocol": "inet", "gateway": "GW"}), ""),
        (rules({"destination_port": "http"}), ""),
        (aliases(("web", "host", "10.1.0.9")) + rules({"destination_net": "web"}), ""),
        (rules({"action": "match", "quick": "0"}), ""),
        ("", older("<disabled>1</disabled>")),
        ("", older("<disabled>1</disabled><interface>opt2</interface>")),
        ("", older("<statetype>keep state</statetype><max>10</max>")),
        ("", forward({})),
        ("", forward({"target": "nosuch", "disabled": "1"})),
    ],
)
def test_nothing_is_said_about_what_is_as_it_seems(model: str, sections: str) -> None:
    assert said(configuration(model, sections).gaps) == []


def test_a_remark_has_the_place_and_the_words_of_its_rule() -> None:
    gap = configuration(rules({"source_net": "nosuch", "description": "Ours"})).gaps[0]

    assert gap.text == (
        'pass in quick on wan inet proto tcp from nosuch to any "Ours" '
        "(uuid 00000000-0000-4000-8000-000000000000)"
    )
    assert (gap.span.path, gap.span.line) == ("config.xml", 20)


def test_an_interface_without_networks_is_remarked() -> None:
    bare = "<opt9><enable>1</enable><if>igc9</if></opt9></interfaces>"
    text = BASE.format(model="", older="").replace("</interfaces>", bare)

    assert said(of_text(text).gaps) == [
        (
            "FW902: the export tells no network behind opt9: what comes in by it is judged only "
            "where the site's `interfaces:` names one"
        )
    ]


_NO_IPV6 = "<OPNsense><Interfaces><settings><disableipv6>1</disableipv6></settings>"
_NO_IPV6 += "</Interfaces></OPNsense>"
_IPV6_UNTOLD = (
    "FW902: neither <ipv6allow> nor <disableipv6> is there: "
    "an older OPNsense lets no IPv6 through then, a newer one does"
)


@pytest.mark.parametrize(
    ("system", "is_told"),
    [
        ("<system><ipv6allow/></system>", True),
        ("<system/>", False),
        (_NO_IPV6, True),
    ],
)
def test_that_nothing_tells_about_ipv6_is_said(system: str, *, is_told: bool) -> None:
    found = said(of_text(f"<opnsense>{system}</opnsense>").gaps)

    assert (_IPV6_UNTOLD not in found) is is_told


@pytest.mark.parametrize(
    "off",
    [
        "<system><disablefilter>enabled</disablefilter></system>",
        _OFF,
    ],
)
def test_a_filter_that_is_switched_off_is_remarked(off: str) -> None:
    found = of_text(f"<opnsense>{off}</opnsense>")

    assert sorted(said(found.gaps)) == [
        "FW313: packet filtering is switched off: everything passes",
        _IPV6_UNTOLD,
    ]
    assert not found.is_filtering


@pytest.mark.parametrize(
    ("what", "tag"),
    [
        ({"source_net": "lan,nosuch"}, "source_net"),
        ({"interface": "opt2", "description": "opt2"}, "interface"),
        ({"destination_port": "no_such", "protocol": "tcp"}, "destination_port"),
        ({"gateway": "WAN4", "ipprotocol": "inet46"}, "gateway"),
        ({"sched": "NIGHT"}, "sched"),
    ],
)
def test_a_remark_names_the_part_of_the_rule_that_matters(what: dict[str, str], tag: str) -> None:
    gateway = """<gateways><gateway_item><name>WAN4</name><interface>wan</interface>
    <ipprotocol>inet</ipprotocol></gateway_item></gateways>"""
    text = BASE.format(model=rules(what), older=gateway)

    gap = next(gap for gap in of_text(text).gaps if gap.check in ("FW307", "FW313"))
    assert gap.field is not None
    line = text.split("\n")[gap.field.line - 1]
    assert line[gap.field.column - 1 :].startswith(f"<{tag}>{what[tag]}</{tag}>")
