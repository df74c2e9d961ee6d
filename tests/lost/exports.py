"""What is changed: the fixtures of each format, and what the generators of the oracles make."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

from parsers import COMPANIONS, FORMATS
from parsers.shared.format import Readable
from tests import FIXTURES
from tests.lost import json_text, lines, xml_text
from tests.lost.change import Change


class Export(NamedTuple):
    """The files of one device, of which one is changed."""

    title: str
    files: tuple[tuple[str, str], ...]
    """Names below a folder, and texts."""
    read: tuple[str, ...]
    """The files that are exports; the others are included by them."""
    changed: str

    @property
    def text(self) -> str:
        """The file that is changed."""
        return dict(self.files)[self.changed]

    def changes(self) -> Iterator[Change]:
        """All changes of it."""
        text = self.text
        start = text.lstrip()[:1]
        if start in ("{", "["):
            return json_text.changes(text)
        if start == "<":
            return xml_text.changes(text)
        return lines.changes(text, options=not self.changed.endswith((".nft", ".yaml", ".conf")))


_AGAIN = 1000
"""How often the fixtures of a format without a generator come, at most."""


class Kind(NamedTuple):
    """A language, with its exports."""

    name: str
    format: str
    share: int
    """How many changes are made here, for a hundred in all formats that have a generator."""
    generated: Callable[[int], list[Export]] | None
    """What a generator makes of a number; without one, the fixtures come again and again."""
    is_its: Callable[[str], bool] = bool
    """Whether a text of the format is in the language."""

    def exports(self, seed: int, shard: int = 0, shards: int = 1) -> Iterator[Export]:
        """The fixtures in an order of the seed, and then without end what generators make."""
        found = [each for each in fixtures() if self._has(each.text)]
        Random(f"{self.name} {seed}").shuffle(found)
        assert found, f"there are fixtures of {self.format}"
        own = found[shard::shards]
        yield from own
        if self.generated:
            for number in count(seed * 1_000_000 + shard, shards):
                yield from self.generated(number)
        # Fewer fixtures than shards leave some with none; that none can be read must end.
        for number in range(_AGAIN):
            yield from (each._replace(title=f"{each.title}, {number}") for each in own or found)

    def _has(self, text: str) -> bool:
        return _format_of(text) == self.format and self.is_its(text)


def _format_of(text: str) -> str:
    head = text[:65536]
    known: tuple[Readable, ...] = (*COMPANIONS, *FORMATS)
    return next((each.name for each in known if each.detect(head)), "")


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def fixtures() -> tuple[Export, ...]:
    """Every file of the fixtures that is an export, with those that are read with it."""
    found: dict[str, Export] = {}
    for folder in sorted({path.parent for path in FIXTURES.rglob("*") if path.is_file()}):
        if folder.name == "rules.d":
            continue  # what is included from there is read with the file that includes it
        paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
        known = {path: _format_of(_text_of(path)) for path in paths if path.suffix != ".txt"}
        for path, name in known.items():
            if not name or path.name in ("command", "site.yaml"):
                continue
            group = _together(path, known)
            files = tuple((str(each.relative_to(folder)), _text_of(each)) for each in group)
            reads = tuple(str(each.relative_to(folder)) for each in group if each.parent == folder)
            if name == "nftables":
                # What another file includes is read with that one.
                by = [each.name for each in group if f'include "{path.name}"' in _text_of(each)]
                by += [each.name for each in group if f'include "./{path.name}"' in _text_of(each)]
                reads = (by[0] if by else path.name,)
            title = str(path.relative_to(FIXTURES))
            if name == "ipset save":
                files, reads = with_rules(path.name, _text_of(path))
            found.setdefault(_text_of(path), Export(title, files, reads, path.name))
    return tuple(found.values())


def _together(path: Path, known: dict[Path, str]) -> list[Path]:
    """The files that are read with the file of a folder."""
    name = known[path]
    if path.parent.name == "meaning" and name != "ipset save":
        return [path]
    if name == "nftables":
        return [
            each
            for each in sorted(path.parent.rglob("*"))
            if each.suffix in (".nft", ".conf", ".json")
        ]
    if name == "aws":
        return [each for each, of in known.items() if of == "aws"]
    if name == "iptables-save":
        sets = [each for each, of in known.items() if of == "ipset save"]
        return [path, *sets] if "match-set" in _text_of(path) else [path]
    if name == "ip -j":
        return _of_machine(path, known)
    return [path]


def _of_machine(path: Path, known: dict[Path, str]) -> list[Path]:
    """What `ip -j` says of a machine, with its rules: all of its folder, or what has its name."""
    machine, _, rest = path.name.partition(".")
    is_alone = rest == "json"
    return [
        each
        for each, of in known.items()
        if of and (is_alone or each.name.startswith(f"{machine}."))
    ]


def _sides(parts: list[str]) -> str:
    """The directions that ask for each part once: the first address is the source."""
    if parts == ["set"]:
        return "src,dst,dst"
    found = []
    for number, part in enumerate(parts):
        is_source = part == "iface" or (number == 0 and part != "port")
        found.append("src" if is_source else "dst")
    return ",".join(found)


def with_rules(name: str, sets: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The files of an export of sets, and their names."""
    rules = {f"rules.v{family}": asked_for(sets, family) for family in (4, 6)}
    asked = {path: text for path, text in rules.items() if "--match-set" in text}
    return ((name, sets), *asked.items()), (name, *asked)


def asked_for(sets: str, family: int) -> str:
    """Rules that ask for every set of an `ipset save`, so that it matters what is in them."""
    rules = []
    for name, kind, options in re.findall(r"^create (\S+) (\S+)(.*)", sets, re.MULTILINE):
        sides = _sides(kind.partition(":")[2].split(","))
        if kind == "list:set" or ("family inet6" in options) == (family == 6):
            rules.append(f"-A INPUT -m set --match-set {name} {sides} -j ACCEPT")
    head = f"# Generated by ip{'6' if family == 6 else ''}tables-save v1.8.9\n*filter\n"
    return f"{head}:INPUT DROP [0:0]\n" + "\n".join([*rules, "COMMIT", ""])


def _iptables(family: int, *, sets: bool = False) -> Callable[[int], list[Export]]:
    def made(number: int) -> list[Export]:
        from tests.lost.drawn import iptables

        return iptables(number, family, sets=sets)

    return made


def _nft(number: int) -> list[Export]:
    from tests.lost.drawn import nftables

    return nftables(number)


def _nft_json(number: int) -> list[Export]:
    from tests.lost.drawn import nftables_json

    return nftables_json(number)


def _pfsense(number: int) -> list[Export]:
    from tests.oracles.pf.generate import config
    from tests.oracles.pf.tree import written

    return [_one(f"pf.generate {number}", "config.xml", written(config(number)))]


def _opnsense(number: int) -> list[Export]:
    from tests.oracles.opnsense.generate import config
    from tests.oracles.pf.generate_opnsense import config as older
    from tests.oracles.pf.tree import written

    if number % 2:
        return [_one(f"pf.generate_opnsense {number}", "config.xml", written(older(number)))]
    return [_one(f"opnsense.generate {number}", "config.xml", written(config(number)))]


def _one(title: str, name: str, text: str) -> Export:
    return Export(title, ((name, text),), (name,), name)


def _each(title: str, found: list[tuple[str, str]]) -> list[Export]:
    """One export for each of the files."""
    names = tuple(name for name, _ in found)
    return [Export(f"{title} {name}", tuple(found), names, name) for name in names]


_LEFT_OUT = ("PowerShell", "YAML", "YAML stream", "single elements")


def _account(number: int) -> list[Export]:
    from tests.oracles.aws.accounts import account
    from tests.oracles.aws.writing import FORMS, documents

    random = Random(f"lost {number}")
    names = [name for name in FORMS if name not in _LEFT_OUT]
    form = random.choice([*names, *names, "YAML"])
    return _each(f"aws.accounts {number}", list(FORMS[form](documents(account(number)), random)))


def _network_firewall(number: int) -> list[Export]:
    from tests.oracles.network_firewall.random_rules import export, random_rules

    random = Random(f"lost {number}")
    found = export(random_rules(random, with_flow=number % 2 == 0), random)
    texts = [json.dumps(each, indent=4) for each in found]
    named = [(f"{index}.json", text) for index, text in enumerate(texts)]
    return _each(f"network_firewall.random_rules {number}", named)


def _is_ipv6(text: str) -> bool:
    return "ip6tables-save" in text


def _is_ipv4(text: str) -> bool:
    return not _is_ipv6(text)


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def _is_text(text: str) -> bool:
    return not _is_json(text)


_INSPECTION = ('"UpdateToken"', "UpdateToken:", '"RuleGroup', '"Firewall')


def _is_inspection(text: str) -> bool:
    return any(each in text for each in _INSPECTION)


def _is_account(text: str) -> bool:
    return not _is_inspection(text)


def _is_pfsense(text: str) -> bool:
    return "<pfsense" in text


def _is_opnsense(text: str) -> bool:
    return "<opnsense" in text


_GENERATED = (
    Kind("iptables", "iptables-save", 30, _iptables(4), _is_ipv4),
    Kind("ip6tables", "iptables-save", 16, _iptables(6), _is_ipv6),
    Kind("ipset", "ipset save", 11, _iptables(4, sets=True)),
    Kind("nftables", "nftables", 14, _nft, _is_text),
    Kind("nft-json", "nftables", 6, _nft_json, _is_json),
    Kind("pfsense", "config.xml", 8, _pfsense, _is_pfsense),
    Kind("opnsense", "config.xml", 7, _opnsense, _is_opnsense),
    Kind("aws", "aws", 4, _account, _is_account),
    Kind("network-firewall", "aws", 4, _network_firewall, _is_inspection),
)
_WITHOUT = {each.name for each in (*FORMATS, *COMPANIONS)} - {each.format for each in _GENERATED}
KINDS = (*_GENERATED, *(Kind(name, name, 4, None) for name in sorted(_WITHOUT)))
"""All languages: of a format that no generator knows, its fixtures are changed."""
