"""A planned firewall as `iptables-save` and `ip6tables-save` print it."""

from collections.abc import Iterator
from itertools import product

from tests.oracles.site.plan import Chain, Family, Firewall, Prefix, Rule

HOOKS = ("input", "forward", "output")
_TOO_BIG: dict[Family, str] = {
    4: "-p icmp -m icmp --icmp-type 3/4",
    6: "-p ipv6-icmp -m icmp6 --icmpv6-type 2",
}
_ECHO: dict[Family, str] = {
    4: "-p icmp -m icmp --icmp-type 8",
    6: "-p ipv6-icmp -m icmp6 --icmpv6-type 128",
}


def exports(firewall: Firewall) -> dict[str, str]:
    """The files of the export, by the family that restores them: `v4` and `v6`."""
    return {f"v{family}": _text(firewall, family) for family in firewall.families}


def _text(firewall: Firewall, family: Family) -> str:
    lines = [*(_nat(firewall) if family == 4 else ()), "*filter"]
    chains: dict[str, Chain] = {hook: getattr(firewall, hook) for hook in HOOKS}
    lines += [f":{hook.upper()} {chain.policy.upper()} [0:0]" for hook, chain in chains.items()]
    for hook, chain in chains.items():
        icmpv6 = family == 6 and firewall.neighbours
        lines += _chain(hook.upper(), chain, family, icmpv6=icmpv6)
    return "\n".join([*lines, "COMMIT", ""])


def _chain(name: str, chain: Chain, family: Family, *, icmpv6: bool) -> Iterator[str]:
    if name != "FORWARD":
        yield f"-A {name} -{'i' if name == 'INPUT' else 'o'} lo -j ACCEPT"
    yield from _rules(name, chain.first, family)
    if chain.established:
        states = "RELATED,ESTABLISHED" if chain.related else "ESTABLISHED"
        yield f"-A {name} -m conntrack --ctstate {states} -j ACCEPT"
    if icmpv6 and name != "FORWARD":
        yield f"-A {name} -p ipv6-icmp -j ACCEPT"
    yield from _rules(name, chain.rules, family)


def _rules(name: str, rules: tuple[Rule, ...], family: Family) -> Iterator[str]:
    for rule in rules:
        if rule.family in (None, family):
            for source, target in product(_of(rule.sources, family), _of(rule.targets, family)):
                yield _rule(name, rule, family, source, target)


def _of(prefixes: tuple[Prefix, ...], family: Family) -> list[Prefix | None]:
    """The prefixes of a family; where none are given, one condition that is none."""
    return [one for one in prefixes if one.version == family] if prefixes else [None]


def _rule(
    name: str, rule: Rule, family: Family, source: Prefix | None, target: Prefix | None
) -> str:
    words = [f"-A {name}"]
    words += [f"-s {source}"] if source else []
    words += [f"-d {target}"] if target else []
    words += [f"-i {rule.in_name}"] if rule.in_name else []
    words += [f"-o {rule.out_name}"] if rule.out_name else []
    if rule.too_big:
        words.append(_TOO_BIG[family])
    elif rule.proto == "echo":
        words.append(_ECHO[family])
    elif rule.proto == "icmp":
        words.append("-p icmp" if family == 4 else "-p ipv6-icmp")
    elif rule.proto:
        words.append(f"-p {rule.proto}")
        for option, span in (("sport", rule.from_ports), ("dport", rule.ports)):
            if span:
                first, last = span
                ports = str(first) if first == last else f"{first}:{last}"
                words.append(f"-m {rule.proto} --{option} {ports}")
    words += ["-m conntrack --ctstate DNAT"] if rule.translated else []
    return " ".join([*words, f"-j {rule.verdict.upper()}"])


def _nat(firewall: Firewall) -> Iterator[str]:
    if not (firewall.forwards or firewall.source_nats):
        return
    yield "*nat"
    yield from (
        f":{hook} ACCEPT [0:0]" for hook in ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING")
    )
    for number in firewall.untranslated:
        yield from (f"-A {hook} -p {number} -j RETURN" for hook in ("PREROUTING", "POSTROUTING"))
    for one in firewall.forwards:
        words = [f"-A {'OUTPUT' if one.is_sent else 'PREROUTING'} -d {one.public}/32"]
        words += [f"-i {one.in_name}"] if one.in_name else []
        words += [f"-p {one.proto} -m {one.proto} --dport {one.port}"] if one.proto else []
        goal = f"{one.inside}:{one.inside_port}" if one.inside_port else f"{one.inside}"
        to = f"REDIRECT --to-ports {one.inside_port}" if one.is_redirect else ""
        yield " ".join([*words, f"-j {to or f'DNAT --to-destination {goal}'}"])
    for nat in firewall.source_nats:
        for source, target in product(_of(nat.sources, 4), _of(nat.targets, 4)):
            words = ["-A POSTROUTING"]
            words += [f"-s {source}"] if source else []
            words += [f"-d {target}"] if target else []
            words += [f"-o {nat.out_name}"] if nat.out_name else []
            goal = f"SNAT --to-source {nat.to}" if nat.to else "MASQUERADE"
            yield " ".join([*words, f"-j {goal}"])
    yield "COMMIT"
