"""A line of pf.conf, read: the small part of pf.conf(5) that pfSense writes."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network

from tests.oracles.pf.lines import Line, PfConf

Interval = tuple[int, int]
PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "ospf": 89,
    "pim": 103,
    "carp": 112,
    "sctp": 132,
}
# The names of types that pf.conf(5) takes: pfctl_parser.c, icmp_type and icmp6_type.
TYPES4 = {
    "echorep": 0,
    "unreach": 3,
    "redir": 5,
    "echoreq": 8,
    "routeradv": 9,
    "timex": 11,
    "timereq": 13,
}
TYPES6 = {
    "unreach": 1,
    "toobig": 2,
    "timex": 3,
    "echoreq": 128,
    "echorep": 129,
    "routeradv": 134,
    "neighbrsol": 135,
    "redir": 137,
}
_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "W": 128}


def spans(networks: str) -> list[Interval]:
    """The first and last address of each of the networks, with spaces between them."""
    found = (ip_network(each) for each in networks.split())
    return [(int(each[0]), int(each[-1])) for each in found]


@dataclass(frozen=True, slots=True)
class Addresses:
    """What an address is compared with; any one of the parts is enough.

    `unknown` are names of sets that only the running system knows.
    """

    of4: tuple[Interval, ...] = ()
    of6: tuple[Interval, ...] = ()
    unknown: tuple[str, ...] = ()
    is_negated: bool = False
    apart: tuple[tuple[int, int, int], ...] = ()
    """The family, first and last address of networks in which no unknown address lies."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; what it does not ask for is None, or 0 for the family."""

    line: Line
    action: str
    direction: str = ""
    is_quick: bool = False
    interfaces: frozenset[str] | None = None
    is_elsewhere: bool = False
    """`on ! em0`."""
    family: int = 0
    protocols: frozenset[int] | None = None
    source: Addresses | None = None
    target: Addresses | None = None
    source_ports: tuple[Interval, ...] | None = None
    target_ports: tuple[Interval, ...] | None = None
    icmp_types: frozenset[int] | None = None
    flags: tuple[int, int] | None = None
    """The flags that are set of those under the mask."""
    tag: str = ""
    tagged: str = ""
    is_not_tagged: bool = False
    keeps_state: bool = True
    has_limit: bool = False
    pool: Addresses | None = None
    pool_ports: Interval | None = None
    is_static: bool = False


@dataclass(slots=True)
class _Words:
    words: list[str]
    conf: PfConf
    values: dict[str, object] = field(default_factory=dict)

    def take(self, *wanted: str) -> bool:
        """Whether the next word is one of these; it is then gone."""
        if self.words and self.words[0] in wanted:
            self.words.pop(0)
            return True
        return False

    def listed(self) -> list[str]:
        """The next word, or those between braces."""
        if not self.take("{"):
            return [self.words.pop(0)]
        end = self.words.index("}")
        found, self.words = self.words[:end], self.words[end + 1 :]
        return found

    def addresses(self) -> Addresses | None:
        """The next address, table or list; None for `any`."""
        if self.take("any"):
            return None
        is_negated = self.take("!")
        words = self.listed()
        entries = [inside for word in words for inside in self._entries(word)]
        apart = [ip_network(net) for word in words for net in self.conf.apart.get(word, ())]
        nets = [ip_network(each, strict=False) for each in entries if each[0] != "?"]
        of4 = [net for net in nets if isinstance(net, IPv4Network)]
        of6 = [net for net in nets if not isinstance(net, IPv4Network)]
        return Addresses(
            tuple((int(net[0]), int(net[-1])) for net in of4),
            tuple((int(net[0]), int(net[-1])) for net in of6),
            tuple(each for each in entries if each[0] == "?"),
            is_negated,
            tuple((net.version, int(net[0]), int(net[-1])) for net in apart),
        )

    def _entries(self, word: str) -> tuple[str, ...]:
        if word.startswith("<"):
            return self.conf.tables[word.strip("<>")]
        return self.conf.tables[word] if word.startswith("(") else (word,)

    def ports(self) -> tuple[Interval, ...] | None:
        """What stands behind `port`, if it is next."""
        if not self.take("port"):
            return None
        if self.take("<="):
            return ((0, int(self.words.pop(0))),)
        if self.take(">="):
            return ((int(self.words.pop(0)), 65535),)
        if self.words[1:2] == ["><"]:
            first, _, last = (self.words.pop(0) for _ in range(3))
            return ((int(first) + 1, int(last) - 1),)
        return tuple(_range(each) for each in self.listed())


def _range(word: str) -> Interval:
    first, _, last = word.partition(":")
    return int(first), int(last or first)


def read(line: Line, conf: PfConf) -> Rule:
    """The rule that the line is; raises ValueError for what is not in this part of the language."""
    words = _Words(_cut(line.text), conf)
    action = words.words.pop(0)
    if action in ("no", "block", "rdr") and words.words[0] in (
        "nat",
        "rdr",
        "binat",
        "return",
        "pass",
    ):
        action += f" {words.words.pop(0)}"
    values: dict[str, object] = {}
    while words.words:
        _option(words, values, action)
    pool = values.get("pool")
    if not values.get("family") and isinstance(pool, Addresses) and not pool.unknown:
        # parse.y, natrule: the family is that of the pool's addresses.
        values["family"] = {(True, False): 4, (False, True): 6}.get(
            (bool(pool.of4), bool(pool.of6)), 0
        )
    is_stateful = action == "pass" and values.get("keeps_state", True)
    if is_stateful and "flags" not in values:
        # parse.y, pfrule: `flags S/SA` is the default of rules that pass and keep state.
        values["flags"] = _FLAGS["S"], _FLAGS["S"] | _FLAGS["A"]
    return Rule(line, action, **values)  # type: ignore[arg-type]


def _cut(line: str) -> list[str]:
    """The words of a line; `?alias A` is one."""
    return line.replace("?alias ", "?alias:").replace("! ", "! ").split()


def _option(words: _Words, values: dict[str, object], action: str) -> None:
    word = words.words.pop(0)
    match word:
        case "in" | "out":
            values["direction"] = word
        case "quick":
            values["is_quick"] = True
        case "all":
            pass
        case "on":
            values["is_elsewhere"] = words.take("!")
            names = words.listed()
            devices = (words.conf.groups.get(each, frozenset({each})) for each in names)
            values["interfaces"] = frozenset[str]().union(*devices)
        case "inet" | "inet6":
            values["family"] = 6 if word == "inet6" else 4
        case "proto":
            values["protocols"] = frozenset(PROTOCOLS[each] for each in words.listed())
        case "from":
            values["source"], values["source_ports"] = words.addresses(), words.ports()
        case "to":
            values["target"], values["target_ports"] = words.addresses(), words.ports()
        case "icmp-type" | "icmp6-type":
            types = TYPES4 if word == "icmp-type" else TYPES6
            found = words.listed()
            values["icmp_types"] = frozenset(
                int(each) if each.isdigit() else types[each] for each in found
            )
        case "flags":
            values["flags"] = _flags(words.words.pop(0))
        case "tag":
            values["tag"] = words.words.pop(0).strip('"')
        case "!" | "tagged":
            values["is_not_tagged"] = word == "!" and words.take("tagged")
            values["tagged"] = words.words.pop(0).strip('"')
        case "keep" | "synproxy" | "modulate" | "no":
            words.words.pop(0)
            values["keeps_state"] = word != "no"
            values["has_limit"] = bool(words.words) and words.words[0].startswith("(")
            words.words = [] if values["has_limit"] else words.words
        case "->":
            values["pool"] = words.addresses()
            ports = words.ports()
            values["pool_ports"] = ports[0] if ports else None
            values["is_static"] = words.take("static-port")
        case _:
            raise ValueError(f"{word} in {action} {words.words}")


def _flags(word: str) -> tuple[int, int] | None:
    if word == "any":
        return None
    wanted, mask = (sum(_FLAGS[letter] for letter in part) for part in word.split("/"))
    return wanted, mask
