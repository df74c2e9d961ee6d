"""What of iptables' matches and targets is read, as a section of docs/formats.md."""

from collections.abc import Iterable, Mapping

from parsers.iptables import converters as to
from parsers.iptables.asides import ABSENT_HEADERS, CONTINUES
from parsers.iptables.matches import (
    CORE,
    INDEPENDENT,
    MODULES,
    NEGATED_AS_ONE,
    WHOLE,
)
from parsers.iptables.options import Option
from parsers.iptables.targets import TARGETS, UNKNOWN

_INTRODUCTION = """\
## iptables and ip6tables

fwlint reads the output of `iptables-save` and `ip6tables-save`, legacy and nftables variants, with
and without counters, and the output of `ipset save` and [ip](#addresses-and-routes) beside it.

* The address family of a table follows from the comment above it, from what is in it, or from the
  file's name. If none of these tells, it is read as IPv4, and FW901 says so.
* Sets: hash:ip, net, ip,port, net,port, ip,mark, ip,port,ip, ip,port,net, net,net, net,port,net,
  net,iface; bitmap:ip, port; list:set. Hardware addresses and bitmasks stay unread. If a rule
  changes a set, its contents are unknown; an entry with a timeout is possible.
* A match that may answer differently each time (`limit`, `recent`, `statistic` …), and any
  extension that is not in the table, is unknown anew each time; one that depends on the packet
  alone (`owner`, `string`, `time` …) is unknown, but has the same answer for a packet wherever it
  is tested.

"""


_UNREAD = (to.unread, to.volatile, to.hardware_address)


def section() -> str:
    """The section, from the tables that the parser works with."""
    matches = [_row("", CORE), *(_row(name, module.options) for name, module in MODULES.items())]
    apart = sorted((INDEPENDENT | WHOLE | NEGATED_AS_ONE) - set(MODULES))
    return (
        _INTRODUCTION
        + "| match | read | unread |\n|---|---|---|\n"
        + "".join(matches)
        + f"| {_names(apart)} |  | everything, as a function of the packet |\n"
        + f"| {_names(sorted(ABSENT_HEADERS))} | never match: no packet has such a header |  |\n"
        + "| `rpfilter` | all but `--loose` | `--loose` |\n"
        + "| any other extension |  | everything, anew at each visit |\n\n"
        + "| target | what becomes of it |\n|---|---|\n"
        + f"| {_names(sorted(set(TARGETS) - UNKNOWN))} | read |\n"
        + f"| {_names(sorted(CONTINUES))} | read: the packet goes on to the next rule |\n"
        + f"| {_names(sorted(UNKNOWN))}, any other | unknown: it may accept, drop or pass |\n"
    )


def _row(name: str, options: Mapping[str, Option]) -> str:
    unread = [key for key, option in options.items() if option.convert in _UNREAD]
    read = [key for key in options if key not in unread]
    title = f"`{name}`" if name else "iptables itself"
    return f"| {title} | {_names(read)} | {_names(unread)} |\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(section(), end="")
