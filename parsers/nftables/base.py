"""What a base chain's declaration says: type, hook, devices, priority, policy."""

import re
from typing import Final

from parsers.nftables.names import BRIDGE_PRIORITIES, HOOKS, PRIORITIES
from parsers.nftables.state import RawBase
from parsers.nftables.values import RefusedError

_TYPE: Final = re.compile(
    r"type\s+(?P<kind>\S+)\s+hook\s+(?P<hook>\w+)"
    r"(?:\s+device\s+(?P<device>\S+)|\s+devices\s*=\s*\{(?P<devices>[^}]*)\})?"
    r"\s+priority\s+(?P<priority>.+)"
)
# parser_bison.y, extended_prio_spec: a number has no plus, and what follows a name has a sign.
_PRIORITY: Final = re.compile(
    r"(?P<name>[a-z]+)(?:\s*(?P<offset>[+-]\s*[0-9]+))?|(?P<number>-?\s*[0-9]+)"
)
_KINDS: Final = ("filter", "nat", "route")
_NAT_PRIORITIES: Final = {"srcnat": ("postrouting", "input"), "dstnat": ("prerouting", "output")}
_CONNTRACK: Final = -200
"""Where connection tracking runs (linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK)."""
_NAT_HOOKS: Final = ("prerouting", "input", "output", "postrouting")


def base(text: str, family: str) -> RawBase:
    """The declaration `type … hook … priority …`; raises RefusedError."""
    found = _TYPE.fullmatch(text.strip())
    if not found:
        raise RefusedError("a base chain is declared by `type … hook … priority …`", text)
    names = [found["device"]] if found["device"] else (found["devices"] or "").split(",")
    devices = tuple(name.strip().strip('"') for name in names if name.strip())
    return declared(family, found["kind"], found["hook"], found["priority"].strip(), devices)


def declared(
    family: str, kind: str, hook: str, place: str, devices: tuple[str, ...] = ()
) -> RawBase:
    """The declaration of these parts, as text or JSON has them; raises RefusedError."""
    if kind not in _KINDS:
        raise RefusedError(f"`{kind}` is no type of chain: filter, nat or route is meant", kind)
    if hook not in HOOKS[family]:
        raise RefusedError(f"the family {family} has no hook `{hook}`", hook)
    if kind == "nat" and hook not in _NAT_HOOKS:
        raise RefusedError(f"a chain of type nat has no place at the hook {hook}", kind)
    if kind == "route" and hook != "output":
        raise RefusedError("a chain of type route has its place at the hook output", kind)
    its_place = priority(place, family, hook)
    if kind == "nat" and its_place <= _CONNTRACK:
        # net/netfilter/nf_tables_api.c, nft_chain_parse_hook.
        raise RefusedError("a chain of type nat has a priority above -200", place)
    return RawBase(kind, hook, its_place, devices)


_MOST_DIGITS: Final = 10


def priority(text: str, family: str, hook: str = "prerouting") -> int:
    """The number that a priority stands for; raises RefusedError."""
    found = _PRIORITY.fullmatch(text)
    names = BRIDGE_PRIORITIES if family == "bridge" else PRIORITIES
    if not found or not text or (found["name"] and found["name"] not in names):
        raise RefusedError(f"`{text}` is no priority", text)
    name = found["name"]
    if family in ("arp", "netdev") and name and name != "filter":
        raise RefusedError(f"`{name}` is no priority in the family {family}", text)
    # nft(8) names the hooks prerouting and postrouting; newer versions print them for output and
    # input as well.
    if family != "bridge" and hook not in _NAT_PRIORITIES.get(name or "", (hook,)):
        raise RefusedError(f"the priority `{name}` does not belong to the hook {hook}", text)
    offset = re.sub(r"\s", "", found["number"] or found["offset"] or "0")
    # Python reads no number of thousands of digits, and the kernel's is one of 32 bits.
    is_long = len(offset.lstrip("+-0")) > _MOST_DIGITS
    number = 0 if is_long else (names[name] if name else 0) + int(offset)
    if is_long or not -(1 << 31) <= number < 1 << 31:
        raise RefusedError("a priority is a number of 32 bits", text)
    return number


def policy(text: str) -> str:
    """The default policy, `accept` or `drop`; raises RefusedError for anything else."""
    if text not in ("accept", "drop"):
        raise RefusedError(f"`{text}` is no policy of a chain", text)
    return text
