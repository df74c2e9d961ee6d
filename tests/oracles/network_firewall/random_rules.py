"""Random policies for the second evaluator, and the same as exports; packets at their borders."""

from ipaddress import ip_address, ip_network
from random import Random

from tests.oracles.network_firewall.evaluate import FLAGS, Packet, Rules, Stateful, Stateless
from tests.parsers.aws.network_firewall.samples import (
    BY_ACTION,
    STRICT,
    Json,
    firewall,
    group,
    policy,
    stateless,
    texts,
)

NETWORKS = (
    *("10.0.0.0/8", "10.0.0.0/16", "10.0.3.0/24", "10.0.3.7/32", "192.0.2.0/24", "192.0.2.128/25"),
    *("2001:db8::/32", "2001:db8:3::/48", "2001:db8:3::7/128"),
)
_SETS = (
    *("any", "any", "$HOME_NET", "$EXTERNAL_NET", "!$HOME_NET", "$SERVERS", "!10.0.3.0/24"),
    *("[10.0.0.0/8,!10.0.3.0/24]", "[192.0.2.0/24,2001:db8::/32,!192.0.2.128/25]"),
    *("[!$SERVERS,!192.0.2.0/24]", *NETWORKS),
)
_PORTS = ("any", "any", "443", "!443", "1024:", ":80", "[80:90,!85]", "$WEB", "[22,$WEB]")
_PORT_SETS = {"$WEB": "[80,443,8000:8100]"}
_ADDRESS_SETS = {"$SERVERS": "[10.0.3.0/24,2001:db8:3::/48]"}
HOME = "10.0.0.0/16"


def random_rules(random: Random, *, with_flow: bool = False) -> Rules:
    """A policy; `with_flow`: some of its rules have the option `flow`."""
    is_strict = random.random() < 0.5
    defaults: tuple[str, ...] = ()
    if is_strict:
        words = ("aws:drop_strict", "aws:drop_established", "aws:alert_strict")
        defaults = tuple(random.sample(words, random.randint(0, 2)))
    return Rules(
        stateless=tuple(
            tuple(_stateless(random) for _ in range(random.randint(1, 4)))
            for _ in range(random.choice((0, 0, 1, 2)))
        ),
        stateless_default=random.choice(
            ("aws:forward_to_sfe", "aws:forward_to_sfe", "aws:forward_to_sfe", "aws:pass")
        ),
        stateful=tuple(
            tuple(_stateful(random, with_flow=with_flow) for _ in range(random.randint(1, 5)))
            for _ in range(random.randint(1, 3))
        ),
        is_strict=is_strict,
        defaults=defaults,
        stream_exception=random.choice(("DROP", "DROP", "REJECT", "CONTINUE")),
        variables={**_PORT_SETS, **_ADDRESS_SETS, "$HOME_NET": HOME},
    )


def _stateless(random: Random) -> Stateless:
    protocols = random.choice(((6,), (6,), (17,), (6, 17), (1, 58), (50,), ()))
    has_ports = protocols in ((6,), (17,), (6, 17))
    names = tuple(FLAGS)
    masks = tuple(random.sample(names, random.randint(1, 8)))
    flags = ((tuple(random.sample(masks, random.randint(0, min(2, len(masks))))), masks),)
    return Stateless(
        random.choice(("aws:pass", "aws:drop", "aws:forward_to_sfe", "aws:forward_to_sfe")),
        tuple(random.sample(NETWORKS, random.choice((0, 0, 1, 2)))),
        tuple(random.sample(NETWORKS, random.choice((0, 0, 1, 2)))),
        ((1024, 65535),) if has_ports and random.random() < 0.2 else (),
        random.choice(((), ((443, 443),), ((22, 25), (80, 80)))) if has_ports else (),
        protocols,
        flags if protocols == (6,) and random.random() < 0.3 else (),
    )


def _stateful(random: Random, *, with_flow: bool) -> Stateful:
    protocol = random.choice(("tcp", "tcp", "tcp", "udp", "icmp", "ip"))
    has_ports = protocol in ("tcp", "udp")
    directions = ((), (), ("to_server",), ("to_client",))
    states = ((), (), ("established",), ("not_established",), ("stateless",))
    flow = (*random.choice(directions), *random.choice(states)) if with_flow else ()
    return Stateful(
        random.choice(("pass", "pass", "drop", "drop", "reject", "alert")),
        protocol,
        random.choice(_SETS),
        random.choice(_PORTS) if has_ports and random.random() < 0.3 else "any",
        "<>" if random.random() < 0.2 else "->",
        random.choice(_SETS),
        random.choice(_PORTS) if has_ports else "any",
        flow,
    )


def export(rules: Rules, random: Random) -> list[Json]:
    """The policy as the AWS CLI prints it: rules as texts or objects, files in any order."""
    order = STRICT if rules.is_strict else BY_ACTION
    groups = [
        stateless(f"less-{index}", *map(_written, each))
        for index, each in enumerate(rules.stateless)
    ]
    for index, each in enumerate(rules.stateful):
        write = _texts if random.random() < 0.6 else _tuples
        groups.append(write(f"full-{index}", each, order))
    more: Json = {
        "StatelessDefaultActions": [rules.stateless_default],
        "StatefulEngineOptions": {
            "RuleOrder": order,
            "StreamExceptionPolicy": rules.stream_exception,
        },
    }
    if rules.defaults:
        more["StatefulDefaultActions"] = list(rules.defaults)
    made = policy(groups, order, **more)
    for key in ("StatelessRuleGroupReferences", "StatefulRuleGroupReferences"):
        random.shuffle(made["FirewallPolicy"][key])
    documents = [*groups, made, *firewall()]
    random.shuffle(documents)
    return documents


def _written(rule: Stateless) -> Json:
    found: Json = {"Actions": [rule.action]}
    for key, networks in (("Sources", rule.sources), ("Destinations", rule.destinations)):
        found[key] = [{"AddressDefinition": each} for each in networks]
    for key, ranges in (
        ("SourcePorts", rule.source_ports),
        ("DestinationPorts", rule.destination_ports),
    ):
        found[key] = [{"FromPort": first, "ToPort": last} for first, last in ranges]
    found["Protocols"] = list(rule.protocols)
    found["TCPFlags"] = [
        {"Flags": list(flags), "Masks": list(masks)} for flags, masks in rule.flags
    ]
    return {key: value for key, value in found.items() if value}


_VARIABLES: Json = {
    "IPSets": {"SERVERS": {"Definition": ["10.0.3.0/24", "2001:db8:3::/48"]}},
    "PortSets": {"WEB": {"Definition": ["80", "443", "8000:8100"]}},
}


def _texts(name: str, rules: tuple[Stateful, ...], order: str) -> Json:
    lines = []
    for number, rule in enumerate(rules, 1):
        flow = f"flow:{', '.join(rule.flow)}; " if rule.flow else ""
        header = " ".join(rule[:7])
        lines.append(f'{header} (msg:"rule {number}"; {flow}sid:{number};)')
    return texts(name, "\n".join(["# rules", *lines, ""]), order, RuleVariables=_VARIABLES)


def _tuples(name: str, rules: tuple[Stateful, ...], order: str) -> Json:
    listed = [
        {
            "Action": rule.action.upper(),
            "Header": {
                "Protocol": rule.protocol.upper(),
                "Source": rule.source.replace("any", "ANY"),
                "SourcePort": rule.source_port.replace("any", "ANY"),
                "Direction": "ANY" if rule.arrow == "<>" else "FORWARD",
                "Destination": rule.destination.replace("any", "ANY"),
                "DestinationPort": rule.destination_port.replace("any", "ANY"),
            },
            "RuleOptions": [
                {"Keyword": "sid", "Settings": [str(number)]},
                *([{"Keyword": "flow", "Settings": list(rule.flow)}] if rule.flow else []),
            ],
        }
        for number, rule in enumerate(rules, 1)
    ]
    body: Json = {"RulesSource": {"StatefulRules": listed}, "RuleVariables": _VARIABLES}
    return group(name, {**body, "StatefulRuleOptions": {"RuleOrder": order}})


def random_packet(random: Random) -> Packet:
    """The first packet of a connection, at the borders of what rules name."""
    is_v6 = random.random() < 0.3
    proto = random.choice((6, 6, 6, 17, 58 if is_v6 else 1, 50))
    src, dst = _address(random, is_v6=is_v6), _address(random, is_v6=is_v6)
    while src == dst:
        dst = _address(random, is_v6=is_v6)
    sport = dport = flags = 0
    if proto in (6, 17):
        sport = random.choice((40000, 40000, 1023, 1024, 443))
        dport = random.choice((443, 443, 442, 444, 80, 81, 85, 86, 90, 91, 22, 25, 26, 8100, 8101))
    if proto == 6:
        syn, ack = FLAGS["SYN"], FLAGS["ACK"]
        others = (ack, syn | ack, FLAGS["RST"], FLAGS["FIN"] | ack, 0, syn | FLAGS["ECE"])
        flags = random.choice(others) if random.random() < 0.1 else syn
    return Packet(src, dst, proto, sport, dport, flags)


def _address(random: Random, *, is_v6: bool) -> str:
    networks = [ip_network(text) for text in NETWORKS]
    chosen = random.choice([each for each in networks if (each.version == 6) == is_v6])
    first, last = int(chosen.network_address), int(chosen.broadcast_address)
    kind = type(ip_address("::" if is_v6 else "0.0.0.0"))
    return str(kind(random.choice((first, first - 1, last, last + 1, (first + last) // 2))))
