"""The targets of iptables, one line each: what a rule does with the packets it matches."""

from collections.abc import Callable
from typing import Final

from flowmodel.fields import Family, bits
from flowmodel.match import Match, Test
from flowmodel.record import NamedTuple
from flowmodel.values import Values, full, union
from flowmodel.verdict import (
    ACCEPT,
    CONTINUE,
    DROP,
    REJECT,
    RETURN,
    CopyMark,
    Effect,
    MapNetwork,
    NoTrack,
    SetMark,
    TranslateDestination,
    TranslateSource,
    Unknown,
    UnknownMark,
    Verdict,
)
from parsers.iptables.converters import TRACKED
from parsers.iptables.extensions import Surroundings
from parsers.iptables.options import Plain
from parsers.shared import values
from parsers.shared.digits import is_decimal
from parsers.shared.names import EXPECTED, helper_protocols
from parsers.shared.values import MalformedError

ALL_ONES = 0xFFFFFFFF


class Outcome(NamedTuple):
    """What a target does; `match` is what it needs beside the rule's own match to do anything."""

    verdict: Verdict
    effects: tuple[Effect, ...] = ()
    match: Match = ()
    gap: str = ""
    """What the model does not have of the target, as a sentence, or nothing."""
    protocols: frozenset[int] = frozenset()
    """The protocols one of which the rule's `-p` must name, or the kernel refuses the rule."""


class Said(NamedTuple):
    """A target as it stands in a rule."""

    name: str
    options: dict[str, Plain]
    text: str
    chain: str
    around: Surroundings

    def value(self, option: str, default: str = "") -> str:
        """The word behind the option, or the default where the option is missing."""
        return self.options[option].values[0] if option in self.options else default


class Target(NamedTuple):
    """How many words follow each option, what the target does, and where it may stand."""

    options: dict[str, int]
    act: Callable[[Said], Outcome]
    tables: frozenset[str] = frozenset()
    """The only tables that take the target; none named: all of them."""


def always(outcome: Outcome) -> Callable[[Said], Outcome]:
    """A target that does the same whatever its options are."""
    return lambda _said: outcome


def drop(said: Said) -> Outcome:
    """DROP, which no nat table takes (iptables(8); xtables refuses it at load)."""
    if said.around.table == "nat":
        raise MalformedError(
            "the table nat is not for filtering: iptables refuses to load DROP in it", "-j DROP"
        )
    return Outcome(DROP)


def unknown(text: str, *, escapes: bool = True) -> Outcome:
    """A target outside the model; unless it only decides, no later verdict is sure behind it."""
    return Outcome(Unknown(text, escapes), gap=f"`{text}` is outside the model")


def notrack(_said: Said) -> Outcome:
    """The packet is UNTRACKED from here on."""
    return Outcome(CONTINUE, (NoTrack(),))


def conntrack_target(said: Said) -> Outcome:
    """CT: only --notrack changes what later rules of this device see of this packet."""
    if "--notrack" in said.options:
        return notrack(said)
    if any(name.startswith("--zone") for name in said.options):
        gap = f"`{said.text}`: connections in a zone of their own are outside the model"
        return Outcome(Unknown(said.text, escapes=True), gap=gap)
    return helped(said) if "--helper" in said.options else Outcome(CONTINUE)


def helped(said: Said) -> Outcome:
    """CT --helper: the kernel looks for a helper of the rule's protocol (xt_CT.c)."""
    name = said.value("--helper")
    known = helper_protocols(name)
    if known:
        return Outcome(CONTINUE, gap=EXPECTED, protocols=known)
    gap = f"`{name}` is no connection helper of the kernel's own: without it, no rule is loaded"
    return Outcome(CONTINUE, gap=gap)


def reject(said: Said) -> Outcome:
    """REJECT; the tools take any beginning of an answer's name (libipt_REJECT.c)."""
    wanted = said.value("--reject-with").lower()
    if not any(name.startswith(wanted) for name in _ANSWERS[said.around.family]):
        raise MalformedError(
            f"`{wanted}` is no answer to a packet", said.options["--reject-with"].text
        )
    return Outcome(REJECT)


def hops(said: Said) -> Outcome:
    """TTL and HL: with one hop left, or none, a packet is not forwarded (net/ipv4/ip_forward.c)."""
    kept, *others = [*said.options, ""]
    if others != [""]:
        raise MalformedError(f"`-j {said.name}` does not say what to set", f"-j {said.name}")
    number = values.number(said.value(kept), 255, "number of hops")
    if kept.endswith("-inc") or (kept.endswith("-set") and number > 1):
        return Outcome(CONTINUE)
    return unknown(said.text)


def copied(said: Said) -> Outcome:
    """TEE: a copy goes elsewhere, and the packet on to the next rule (xt_TEE.c)."""
    gap = f"`{said.text}` sends a copy elsewhere: where that gets to is not part of the answer"
    return Outcome(CONTINUE, gap=gap)


def hashed(said: Said) -> Outcome:
    """HMARK: the mark becomes a hash of the packet (xt_HMARK.c)."""
    gap = f"`{said.text}` sets a mark that the model does not know"
    return Outcome(CONTINUE, (UnknownMark("mark", said.text),), gap=gap)


# libipt_REJECT.c and libip6t_REJECT.c, reject_table: names and their aliases.
_ANSWERS: Final[dict[Family, tuple[str, ...]]] = {
    4: (
        *("icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable"),
        *("icmp-port-unreachable", "icmp-net-prohibited", "icmp-host-prohibited", "tcp-reset"),
        *("icmp-admin-prohibited", "net-unreach", "host-unreach", "proto-unreach", "port-unreach"),
        *("net-prohib", "host-prohib", "tcp-rst", "admin-prohib"),
    ),
    6: (
        *("icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable", "tcp-reset"),
        *("icmp6-port-unreachable", "icmp6-policy-fail", "icmp6-reject-route"),
        *("no-route", "adm-prohibited", "addr-unreach", "port-unreach", "policy-fail"),
        "reject-route",
    ),
}


def mark(said: Said) -> Outcome:
    """MARK, in all its forms."""
    return Outcome(CONTINUE, (SetMark("mark", *_set_mark(said)),))


def _set_mark(said: Said) -> tuple[int, int]:
    """What a mark becomes: (old & keep) ^ flip (libxt_MARK.c, libxt_CONNMARK.c)."""
    for option in said.options:
        value, mask = values.mark(said.value(option))
        if option not in {"--set-xmark", "--set-mark"} and "/" in said.value(option):
            raise MalformedError(f"`{option}` takes no mask", said.options[option].text)
        match option:
            case "--set-xmark":
                return ~mask & ALL_ONES, value
            case "--set-mark":
                return ~(mask | value) & ALL_ONES, value
            case "--and-mark":
                return value, 0
            case "--or-mark":
                return ~value & ALL_ONES, value
            case "--xor-mark":
                return ALL_ONES, value
    raise MalformedError(f"`-j {said.name}` does not say what to set", f"-j {said.name}")


def connmark(said: Said) -> Outcome:
    """CONNMARK, which leaves packets without an entry alone (xt_connmark.c, connmark_tg)."""
    tracked = (Test("state", TRACKED),)
    copies = {"--save-mark", "--restore-mark"} & set(said.options)
    if not copies:
        return Outcome(CONTINUE, (SetMark("ct_mark", *_set_mark(said)),), tracked)
    both = said.value("--mask", "0xffffffff")
    packet = values.number(said.value("--nfmask", both), ALL_ONES, "mask of a mark")
    connection = values.number(said.value("--ctmask", both), ALL_ONES, "mask of a mark")
    effect = (
        CopyMark("mark", "ct_mark", packet, connection)
        if "--save-mark" in copies
        else CopyMark("ct_mark", "mark", connection, packet)
    )
    return Outcome(CONTINUE, (effect,), tracked)


def _addresses_and_ports(said: Said, option: str) -> tuple[Values, Values]:
    """The `[address[-address]][:port[-port]]` of DNAT and SNAT; IPv6 with ports has brackets."""
    family = said.around.family
    if option not in said.options:
        raise MalformedError(f"`-j {said.name}` needs `{option}`", f"-j {said.name}")
    text = said.value(option)
    if family == 4:
        addresses_text, _, ports_text = text.partition(":")
    elif text.startswith("["):
        addresses_text, bracket, ports_text = text[1:].partition("]")
        if not bracket or (ports_text and not ports_text.startswith(":")):
            raise MalformedError(f"`{text}` has no closing bracket", text)
        # Both `[first-last]:port` and `[first]-[last]:port` occur.
        ports_text = ports_text[1:]
    else:
        addresses_text, ports_text = text, ""
    addresses = full(bits("dst", family))
    if addresses_text:
        first, last = values.address_range(addresses_text, family)
        addresses = union([(min(first, last), max(first, last))])
    return addresses, _ports(ports_text) if ports_text else full(16)


def _ports(text: str) -> Values:
    """`first[-last]`, with `/base` behind for shifted ranges (iptables-extensions(8), DNAT)."""
    first, dash, last = text.partition("/")[0].partition("-")
    low = values.number(first, 65535, "port") if is_decimal(first) else _named_port(first)
    high = low if not dash else values.number(last, 65535, "port")
    if low > high:
        raise MalformedError(f"the port range `{text}` ends before it begins", text)
    return ((low, high),)


def _named_port(text: str) -> int:
    try:
        return values.port(text)
    except values.UnknownNameError:
        raise MalformedError(
            f"`{text}` is no port that every machine knows by name", text
        ) from None


def dnat(said: Said) -> Outcome:
    """DNAT."""
    return Outcome(TranslateDestination(*_addresses_and_ports(said, "--to-destination")))


def snat(said: Said) -> Outcome:
    """SNAT."""
    return Outcome(TranslateSource(*_addresses_and_ports(said, "--to-source")))


def redirect(said: Said) -> Outcome:
    """REDIRECT: to the incoming interface's own address."""
    text = said.value("--to-ports")
    every = full(bits("dst", said.around.family))
    return Outcome(TranslateDestination(every, _ports(text) if text else full(16), local=True))


def masquerade(said: Said) -> Outcome:
    """MASQUERADE: from the outgoing interface's own address."""
    text = said.value("--to-ports")
    every = full(bits("src", said.around.family))
    return Outcome(TranslateSource(every, _ports(text) if text else full(16), masquerade=True))


def netmap(said: Said) -> Outcome:
    """NETMAP: the destination in PREROUTING and OUTPUT, the source elsewhere (xt_NETMAP.c)."""
    try:
        network, mask = values.masked_address(said.value("--to"), said.around.family)
    except values.HostnameError:
        raise MalformedError(f"`{said.value('--to')}` is no network", said.text) from None
    direction = {"PREROUTING": "dst", "OUTPUT": "dst", "POSTROUTING": "src", "INPUT": "src"}
    if said.chain not in direction:
        return unknown(said.text)
    return Outcome(MapNetwork(direction[said.chain], network, mask))


_NAT = frozenset({"nat"})
_RAW = frozenset({"raw"})
_MANGLE = frozenset({"mangle"})
_HMARK = {
    f"--hmark-{name}": 1
    for name in (
        *("tuple", "mod", "offset", "src-prefix", "dst-prefix", "sport-mask", "dport-mask"),
        *("spi-mask", "sport", "dport", "spi", "proto-mask", "rnd"),
    )
}
_MARKS = {f"--{how}-mark": 1 for how in ("set", "and", "or", "xor")} | {"--set-xmark": 1}
_SPREAD = {"--random": 0, "--random-fully": 0, "--persistent": 0}

# iptables(8), TARGETS; iptables-extensions(8), TARGET EXTENSIONS.
TARGETS: Final = {
    "ACCEPT": Target({}, always(Outcome(ACCEPT))),
    "DROP": Target({}, drop),
    "RETURN": Target({}, always(Outcome(RETURN))),
    "REJECT": Target({"--reject-with": 1}, reject, frozenset({"filter"})),
    "TTL": Target(dict.fromkeys(("--ttl-set", "--ttl-dec", "--ttl-inc"), 1), hops, _MANGLE),
    "HL": Target(dict.fromkeys(("--hl-set", "--hl-dec", "--hl-inc"), 1), hops, _MANGLE),
    "TEE": Target({"--gateway": 1, "--oif": 1}, copied),
    "HMARK": Target(_HMARK, hashed),
    "MARK": Target(_MARKS, mark),
    "CONNMARK": Target(
        _MARKS | {"--save-mark": 0, "--restore-mark": 0, "--mask": 1, "--nfmask": 1, "--ctmask": 1},
        connmark,
    ),
    "NOTRACK": Target({}, notrack, _RAW),
    "CT": Target(
        {"--notrack": 0, "--helper": 1, "--ctevents": 1, "--expevents": 1, "--timeout": 1}
        | {"--zone": 1, "--zone-orig": 1, "--zone-reply": 1},
        conntrack_target,
        _RAW,
    ),
    "DNAT": Target({"--to-destination": 1} | _SPREAD, dnat, _NAT),
    "SNAT": Target({"--to-source": 1} | _SPREAD, snat, _NAT),
    "REDIRECT": Target({"--to-ports": 1} | _SPREAD, redirect, _NAT),
    "MASQUERADE": Target({"--to-ports": 1} | _SPREAD, masquerade, _NAT),
    "NETMAP": Target({"--to": 1}, netmap, _NAT),
}

# A program decides; it may accept or drop a packet, or let it go on.
DECIDES: Final = frozenset({"QUEUE", "NFQUEUE"})
# Known targets that change, answer or send on a packet in ways outside the model: behind them no
# verdict on it is sure.
UNKNOWN: Final = DECIDES | frozenset(
    {
        "TPROXY",
        "SYNPROXY",
        "CLUSTERIP",
        "DNPT",
        "SNPT",
        "TARPIT",
        "DELUDE",
        "CHAOS",
    }
    | {"STEAL", "ECHO", "ACCOUNT", "SYSRQ", "DHCPMAC", "RAWDNAT", "RAWSNAT", "MIRROR"}
)
