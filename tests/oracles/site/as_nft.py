"""A planned firewall as `nft list ruleset` prints it."""

from collections.abc import Iterable, Iterator

from tests.oracles.site.plan import PINGS, Chain, Family, Firewall, Forward, Prefix, Rule

HOOKS = ("input", "forward", "output")
TABLE = "filter"
_TOO_BIG: dict[Family, str] = {
    4: "icmp type destination-unreachable icmp code frag-needed",
    6: "icmpv6 type packet-too-big",
}


def exports(firewall: Firewall) -> dict[str, str]:
    """The one file of the export."""
    family = {(4, 6): "inet", (4,): "ip", (6,): "ip6"}[firewall.families]
    lines = [f"table {family} {TABLE} {{"]
    for hook in HOOKS:
        lines += ["\t" + line for line in _chain(hook, firewall)]
    return {"nft": "\n".join([*lines, "}", *_nat(firewall), ""])}


def _chain(hook: str, firewall: Firewall) -> Iterator[str]:
    chain: Chain = getattr(firewall, hook)
    families = firewall.families
    yield f"chain {hook} {{"
    yield f"\ttype filter hook {hook} priority filter; policy {chain.policy};"
    if hook != "forward":
        yield f'\t{"iif" if hook == "input" else "oif"}name "lo" accept'
    yield from _rules(chain.first, families)
    if chain.established:
        yield f"\tct state established{',related' * chain.related} accept"
    if hook != "forward" and 6 in families and firewall.neighbours:
        yield "\tmeta l4proto ipv6-icmp accept"
    yield from _rules(chain.rules, families)
    yield "}"


def _rules(rules: tuple[Rule, ...], families: tuple[Family, ...]) -> Iterator[str]:
    for rule in rules:
        for family in families:
            if rule.family in (None, family):
                yield from ("\t" + line for line in _rule(rule, family, len(families) > 1))


def _rule(rule: Rule, family: Family, both: bool) -> Iterator[str]:
    sources = [one for one in rule.sources if one.version == family]
    targets = [one for one in rule.targets if one.version == family]
    if (rule.sources and not sources) or (rule.targets and not targets):
        return
    if not (sources or targets or rule.family or rule.proto in PINGS) and family == 6 and both:
        return  # the line of the first family says it for both
    ip = "ip" if family == 4 else "ip6"
    words = [f'iifname "{rule.in_name}"'] if rule.in_name else []
    words += [f'oifname "{rule.out_name}"'] if rule.out_name else []
    words += [f"{ip} saddr {_set(sources)}"] if sources else []
    words += [f"{ip} daddr {_set(targets)}"] if targets else []
    if rule.family and both and not (sources or targets):
        words.append(f"meta nfproto ipv{family}")
    if rule.too_big:
        words.append(_TOO_BIG[family])
    elif rule.proto == "echo":
        words.append(f"icmp{'' if family == 4 else 'v6'} type echo-request")
    elif rule.proto == "icmp":
        words.append(f"meta l4proto {'icmp' if family == 4 else 'ipv6-icmp'}")
    elif rule.proto and (rule.ports or rule.from_ports):
        for end, span in (("sport", rule.from_ports), ("dport", rule.ports)):
            if span:
                first, last = span
                words.append(f"{rule.proto} {end} {first if first == last else f'{first}-{last}'}")
    elif rule.proto:
        words.append(f"meta l4proto {rule.proto}")
    words += ["ct status dnat"] if rule.translated else []
    yield " ".join([*words, rule.verdict])


def _set(prefixes: Iterable[Prefix]) -> str:
    texts = [_short(one) for one in prefixes]
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"


def _short(prefix: Prefix) -> str:
    alone = prefix.prefixlen == prefix.max_prefixlen
    return str(prefix.network_address) if alone else str(prefix)


def _forward(one: Forward) -> str:
    words = [f'iifname "{one.in_name}"'] if one.in_name else []
    words.append(f"ip daddr {one.public}")
    words += [f"{one.proto} dport {one.port}"] if one.proto else []
    goal = f"{one.inside}:{one.inside_port}" if one.inside_port else f"{one.inside}"
    return " ".join(
        [*words, f"redirect to :{one.inside_port}" if one.is_redirect else f"dnat to {goal}"]
    )


def _nat(firewall: Firewall) -> Iterator[str]:
    if not (firewall.forwards or firewall.source_nats):
        return
    untranslated = [f"\t\tmeta l4proto {number} return" for number in firewall.untranslated]
    yield "table ip nat {"
    sent = [one for one in firewall.forwards if one.is_sent]
    for hook, priority in (("prerouting", "dstnat"), ("output", "-100")):
        mine = sent if hook == "output" else [one for one in firewall.forwards if not one.is_sent]
        if hook == "prerouting" or mine:
            yield f"\tchain {hook} {{"
            yield f"\t\ttype nat hook {hook} priority {priority}; policy accept;"
            yield from untranslated
            yield from (f"\t\t{_forward(one)}" for one in mine)
            yield "\t}"
    yield "\tchain postrouting {"
    yield "\t\ttype nat hook postrouting priority srcnat; policy accept;"
    yield from untranslated
    for nat in firewall.source_nats:
        words = [f'oifname "{nat.out_name}"'] if nat.out_name else []
        words += [f"ip saddr {_set(nat.sources)}"] if nat.sources else []
        words += [f"ip daddr {_set(nat.targets)}"] if nat.targets else []
        yield "\t\t" + " ".join([*words, f"snat to {nat.to}" if nat.to else "masquerade"])
    yield "\t}"
    yield "}"
