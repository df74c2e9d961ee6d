"""Which of many exports are of one device: what their names have in common says it.

Nothing in a file of netfilter tells whose it is. Files of one folder are one device's if they have
the same name but for what says the tool, the family or the format: `web.v4`, `web.v6`,
`web.addr.json`. A config.xml is a device by itself, and a folder of AWS output is an account.
"""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from flowmodel.record import dataclass
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from parsers.shared.reading import start_of
from policies.drafts.skeleton import name_for, numbered

Part = Literal["rules", "whole", "account", "beside"]
"""Rules of a machine, a whole device's configuration, an account's, or what stands beside rules."""
NAMELESS: Final = "firewall"
# What a name says of the tool, the family or the format, wherever it stands in the name.
_TOOLS: Final = frozenset(
    (
        *("rules", "rules4", "rules6", "v4", "v6", "ip4", "ip6", "ipv4", "ipv6", "inet", "inet6"),
        *("save", "iptables", "ip6tables", "ipset", "ipsets", "nft", "nftables", "ruleset"),
        *("addr", "addr4", "addr6", "route", "route4", "route6", "routes"),
        *("json", "xml", "txt", "conf", "yaml", "yml"),
    )
)
# Names that say nothing of whose the file is.
_PLAIN: Final = frozenset(
    (
        *("config", "list", "export", "exports", "dump", "backup", "firewall", "sets", "address"),
        *("addresses", "etc", "output", "current", "groups", "interfaces", "aws"),
    )
)
# pfSense calls its backup `config-<host>-<date and time>.xml`.
_BACKUP: Final = re.compile(r"^config-|[-_.]?[0-9]{8,14}$")


class File(NamedTuple):
    """An export: its path, and what it is."""

    path: str
    part: Part


@dataclass(frozen=True, slots=True)
class Group:
    """The exports of one device, and a name for it."""

    name: str
    paths: tuple[str, ...]
    part: Part


def grouped(files: Sequence[File]) -> tuple[Group, ...]:
    """The files by device, in the order of the first of each.

    Raises InputError for one that stands beside rules, where nothing tells beside which.
    """
    groups: dict[tuple[str, str, str], list[File]] = {}
    for file in files:
        groups.setdefault(_key(file), []).append(file)
    _attach(groups)
    names = numbered(_name(key, its) for key, its in groups.items())
    return tuple(
        Group(name, tuple(each.path for each in its), its[0].part)
        for name, its in zip(names, groups.values(), strict=True)
    )


def _key(file: File) -> tuple[str, str, str]:
    folder, name = os.path.split(file.path)
    if file.part == "account":
        return (folder, "", "account")
    return (folder, name, "whole") if file.part == "whole" else (folder, stem(name), "rules")


def stem(name: str) -> str:
    """What a file's name says of its device: `web.example` of `web.example.v4`; perhaps nothing."""
    # Tools are named in front too: `iptables-web`. What stays keeps the signs between its parts.
    while cut := next(
        (m for m in (re.match(r"[^._-]*[._-]", name), re.search(r"[._-][^._-]*$", name)) if _is(m)),
        None,
    ):
        name = name[: cut.start()] + name[cut.end() :]
    return "" if name.lower() in _TOOLS | _PLAIN else name


def _is(found: "re.Match[str] | None") -> bool:
    return found is not None and found[0].strip("._-").lower() in _TOOLS


def _attach(groups: dict[tuple[str, str, str], list[File]]) -> None:
    """Move files that stand beside rules to the only device that they can be of."""
    for key, its in list(groups.items()):
        if any(each.part != "beside" for each in its):
            continue
        folder, name, _ = key
        others = [other for other, files in groups.items() if _has_rules(files)]
        near = [other for other in others if name in ("", other[1])]
        near = [other for other in near if other[0] == folder] or near
        if len(near) != 1:
            what = "several devices have rules" if near else "there are no rules of it"
            message = (
                f"says nothing of the device that it is of, and {what}: name it like the "
                "rules that it belongs to, such as `web.v4` and `web.addr.json`"
            )
            raise InputError(message, start_of(its[0].path))
        groups[near[0]] += groups.pop(key)


def _has_rules(files: Iterable[File]) -> bool:
    return any(each.part == "rules" for each in files)


def _name(key: tuple[str, str, str], files: Sequence[File]) -> str:
    folder, name, kind = key
    if kind == "whole":
        name = _BACKUP.sub("", _BACKUP.sub("", stem(name)))
        name = "" if name.lower() in _PLAIN else name
    above = os.path.basename(folder)  # noqa: PTH119
    above = "" if above.lower() in _TOOLS | _PLAIN | {"", ".", ".."} else above
    nameless = "cloud" if files[0].part == "account" else NAMELESS
    return name_for(name or above, nameless)


def twice(rulesets: Sequence[RuleSet], given: Sequence[str]) -> InputError | None:
    """What to say where files with one name may be two devices': both have rules of one chain."""
    for ruleset in rulesets:
        for table in ruleset.tables:
            for chain in table.chains.values():
                paths = dict.fromkeys(rule.source.path for rule in chain.rules)
                first, *others = [path for path in paths if path in given] or [""]
                if others and not ruleset.place:
                    message = (
                        f"has rules of the chain {chain.name} of {table.name}, and so has {first}, "
                        "which is taken for the same device: rename one of them, or move it"
                    )
                    return InputError(message, start_of(others[0]))
    return None
