"""The exports of each device that a site file is to have, and a name for it."""

import os
import re
from collections.abc import Sequence
from typing import Final

from flowmodel.record import dataclass
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from parsers.shared.grouping import Alone, Cluster, File, Part, grouped, says_nothing, told
from parsers.shared.reading import start_of
from policies.drafts.skeleton import name_for, numbered

NAMELESS: Final = "firewall"
# pfSense calls its backup `config-<host>-<date and time>.xml`.
_BACKUP: Final = re.compile(r"^config-|[-_.]?[0-9]{8,14}$")


@dataclass(frozen=True, slots=True)
class Group:
    """The exports of one device, and a name for it."""

    name: str
    paths: tuple[str, ...]
    part: Part


def by_device(files: Sequence[File]) -> tuple[Group, ...]:
    """The files by device, in the order of the first of each.

    Raises InputError for one that stands beside rules, where nothing tells beside which.
    """
    clusters, alone = grouped(files)
    if alone:
        raise _of_nobody(alone[0])
    return tuple(
        Group(name, tuple(file.path for file in each.files), each.files[0].part)
        for name, each in zip(numbered(map(_name, clusters)), clusters, strict=True)
    )


def _of_nobody(alone: Alone) -> InputError:
    what = "several devices have rules" if alone.has_several else "there are no rules of it"
    message = (
        f"says nothing of the device that it is of, and {what}: name it like the "
        "rules that it belongs to, such as `web.v4` and `web.addr.json`"
    )
    return InputError(message, start_of(alone.path))


def _name(cluster: Cluster) -> str:
    name, part = cluster.stem, cluster.files[0].part
    if part == "whole":
        name = _BACKUP.sub("", _BACKUP.sub("", told(name).stem))
        name = "" if says_nothing(name) else name
    above = os.path.basename(cluster.folder)  # noqa: PTH119
    above = "" if says_nothing(above) or above in ("", ".", "..") else above
    return name_for(name or above, "cloud" if part == "account" else NAMELESS)


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
