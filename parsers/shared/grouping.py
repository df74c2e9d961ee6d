"""Which of many files are of one device: what their names have in common says it.

Nothing in a file of netfilter tells whose it is. Files of one folder are one device's if they have
the same name but for what says the tool, the family or the format: `web.v4`, `web.v6`,
`web.addr.json`. A config.xml is a device by itself, and a folder of AWS output is an account.
"""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass

Part = Literal["rules", "whole", "account", "beside"]
"""Rules of a machine, a whole device's configuration, an account's, or what stands beside rules."""
# What a name says of the tool, the family or the format, wherever it stands in the name.
_TOOLS: Final = frozenset(
    (
        *("rules", "rules4", "rules6", "v4", "v6", "ip4", "ip6", "ipv4", "ipv6", "inet", "inet6"),
        *(
            "save",
            "save4",
            "save6",
            "iptables",
            "ip6tables",
            "ipset",
            "ipsets",
            "nft",
            "nftables",
            "ruleset",
        ),
        *("addr", "addr4", "addr6", "route", "route4", "route6", "routes", "rule"),
        *("json", "xml", "txt", "conf", "yaml", "yml"),
    )
)
# `edge.legacy.rules` has edge's legacy tables; `edge-legacy.rules` may be an older machine's.
_LEGACY: Final = "legacy"
# Names that say nothing of whose the file is.
_PLAIN: Final = frozenset(
    (
        *("config", "list", "export", "exports", "dump", "backup", "firewall", "sets", "address"),
        *("addresses", "etc", "output", "current", "groups", "interfaces", "aws"),
    )
)


class File(NamedTuple):
    """An export: its path, and what it is."""

    path: str
    part: Part


class Name(NamedTuple):
    """What a file's name says."""

    stem: str
    """Of its device: `web.example` of `web.example.v4`; perhaps nothing."""
    words: frozenset[str]
    """Of the tool, the family and the format."""

    @property
    def variant(self) -> tuple[Family, bool]:
        """The family of rules, and whether they are legacy tables; IPv4 need not be said."""
        return 6 if any("6" in word for word in self.words) else 4, _LEGACY in self.words


@dataclass(frozen=True, slots=True)
class Cluster:
    """The files of one device."""

    folder: str
    stem: str
    """What their names have in common; a `whole` file's is all of its name."""
    files: tuple[File, ...]


class Alone(NamedTuple):
    """A file that stands beside rules, where nothing tells beside which."""

    path: str
    has_several: bool
    """Whether that is so because several devices have rules."""


class Clusters(NamedTuple):
    """Files by device, in the order of the first of each, and those that are of none."""

    devices: tuple[Cluster, ...]
    alone: tuple[Alone, ...]


_Groups = dict[tuple[str, str, Part], list[File]]


def grouped(files: Sequence[File]) -> Clusters:
    """The files by device."""
    groups: _Groups = {}
    for file in files:
        groups.setdefault(_key(file), []).append(file)
    alone = _attach(groups)
    devices = (Cluster(folder, name, tuple(its)) for (folder, name, _), its in groups.items())
    return Clusters(tuple(devices), alone)


def _key(file: File) -> tuple[str, str, Part]:
    folder, name = os.path.split(file.path)
    if file.part == "account":
        return (folder, "", "account")
    return (folder, name, "whole") if file.part == "whole" else (folder, told(name).stem, "rules")


def told(name: str) -> Name:
    """What a file's name says of its device, and of itself."""
    words: set[str] = set()
    # Tools are named in front too: `iptables-web`. What stays keeps the signs between its parts.
    while cut := next(filter(None, (_front(name), _end(name))), None):
        words.add(_word(cut))
        name = name[: cut.start()] + name[cut.end() :]
    if name.lower() in _TOOLS:
        words.add(name.lower())
    return Name("" if says_nothing(name) else name, frozenset(words))


def says_nothing(name: str) -> bool:
    """Whether a name, of a file or a folder, is of no device."""
    return name.lower() in _TOOLS | _PLAIN


def _front(name: str) -> re.Match[str] | None:
    found = re.match(r"[^._-]*[._-]", name)
    return found if found and _word(found) in _TOOLS else None


def _end(name: str) -> re.Match[str] | None:
    found = re.search(r"[._-][^._-]*$", name)
    is_ours = found and (_word(found) in _TOOLS or found[0].lower() == f".{_LEGACY}")
    return found if is_ours else None


def _word(found: re.Match[str]) -> str:
    return found[0].strip("._-").lower()


def _attach(groups: _Groups) -> tuple[Alone, ...]:
    """Move files that stand beside rules to the only device that they can be of."""
    alone: list[Alone] = []
    for key, its in list(groups.items()):
        if any(each.part != "beside" for each in its):
            continue
        folder, name, _ = key
        others = [other for other, files in groups.items() if _has_rules(files)]
        near = [other for other in others if name in ("", other[1])]
        near = [other for other in near if other[0] == folder] or near
        found = groups.pop(key)
        if len(near) == 1:
            groups[near[0]] += found
        else:
            alone += (Alone(each.path, bool(near)) for each in found)
    return tuple(alone)


def _has_rules(files: Iterable[File]) -> bool:
    return any(each.part == "rules" for each in files)
