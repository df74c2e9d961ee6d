"""What mutations start from: small files of the fixtures, and what the oracles' generators make."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple
from xml.etree.ElementTree import tostring

from parsers import COMPANIONS, FORMATS, format_of
from tests import FIXTURES, ROOT
from tests.oracles.aws import accounts
from tests.oracles.aws.writing import documents
from tests.oracles.network_firewall import random_rules
from tests.oracles.opnsense.generate import config as opnsense
from tests.oracles.pf.generate import config as pfsense
from tests.policies.samples import LEAP_BIND, policy_text, site_text

EXPORTS = tuple(each.name for each in FORMATS)
BESIDE = tuple(each.name for each in COMPANIONS)
KINDS = (*EXPORTS, *BESIDE, "site", "policy", "packets", "expression")
"""The readers: of each format and of what stands beside it, and of what else a user writes."""
SMALL = 3000
"""Bytes: what can go wrong in a large file can go wrong in a small one, sooner."""


class Case(NamedTuple):
    """Files that are read together; the names of the others are in the first, or say nothing."""

    kind: str
    files: tuple[tuple[str, str], ...]

    def having(self, index: int, text: str) -> "Case":
        """The same files, one of them with another text."""
        files = list(self.files)
        files[index] = files[index][0], text
        return Case(self.kind, tuple(files))


@cache
def seeds() -> dict[str, tuple[Case, ...]]:
    """The cases to begin with, of each kind."""
    found: dict[str, list[Case]] = {kind: [] for kind in KINDS}
    seen: set[str] = set()
    for path in sorted(FIXTURES.rglob("*")):
        if not path.is_file() or path.stat().st_size > SMALL:
            continue
        text = path.read_text(encoding="utf-8")
        kind = _kind(path, text)
        if kind and text not in seen:
            seen.add(text)
            found[kind].append(Case(kind, ((path.name, text), *_companions(kind))))
    found["aws"] += [*_accounts(), *_generated_accounts()]
    for generate in (pfsense, opnsense):
        texts = [tostring(generate(number), "unicode") for number in range(2)]
        found["config.xml"] += [Case("config.xml", (("config.xml", each),)) for each in texts]
    found["site"].append(_own_site())
    found["policy"].append(Case("policy", (("policy.yaml", _OWN_POLICY),)))
    found["expression"] += [Case("expression", (("packet", each),)) for each in _EXPRESSIONS]
    found["packets"].append(Case("packets", (("packets", _PACKETS),)))
    return {kind: tuple(cases) for kind, cases in found.items()}


def _kind(path: Path, text: str) -> str:
    if path.name in {"command", "expected.txt", "README.md", "index.yaml", "packets"}:
        return ""
    beside = next((each.name for each in COMPANIONS if each.detect(text)), "")
    if beside:
        return beside
    if text.startswith("fwlint: policy"):
        return "policy"
    if path.name.startswith("site") and path.suffix == ".yaml":
        return "site"
    if path.name == "packets.jsonl":
        return "packets"
    return format_of(text)


def _companions(kind: str) -> list[tuple[str, str]]:
    """What a file cannot be read without: a site's policy, the rules that it stands beside."""
    if kind in BESIDE:
        return [("rules.v4", _ASKING)]
    if kind == "site":
        shop = FIXTURES / "checks" / "shop" / "shop.yaml"
        return [("shop.yaml", shop.read_text(encoding="utf-8"))]
    return []


def _accounts() -> list[Case]:
    """Folders of AWS's exports, which say something together only."""
    found = []
    folders = sorted({path.parent for path in FIXTURES.rglob("*.json")})
    for folder in folders:
        files = [
            (path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
        ]
        whole = "".join(text for _, text in files)
        if len(files) > 1 and len(whole) < 16_000 and format_of(files[0][1]) == "aws":
            found += [Case("aws", tuple(files))] * 2
    return found


def _generated_accounts() -> Iterator[Case]:
    """What the generators of the oracles make, in JSON without blanks."""
    account = [(name, json.dumps(each)) for name, each in documents(accounts.account(2))]
    yield Case("aws", tuple(account))
    for number in range(4):
        random = Random(number)
        made = random_rules.export(random_rules.random_rules(random), random)
        files = [(f"{index}.json", json.dumps(each)) for index, each in enumerate(made)]
        yield Case("aws", tuple(files))


def _own_site() -> Case:
    more = (
        "allow:\n  - {id: a, from: dmz, to: leap.mx, service: [1/tcp, 5-9/udp]}\n"
        "accept:\n  - {finding: FW205, to: dmz, because: x, until: 2027-01-01}\n"
    )
    text = site_text(use="leap", options="", parameters="ssh_port: 2222", bind=LEAP_BIND, more=more)
    return Case("site", (("site.yaml", text),))


_ASKING = """\
*filter
:INPUT DROP [0:0]
-A INPUT -m set --match-set one src -j ACCEPT
-A INPUT -m set --match-set admins src,dst -j ACCEPT
-A INPUT -m set ! --match-set bad src,src,dst -j SET --add-set one src
-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT
COMMIT
"""
_OWN_POLICY = policy_text(
    "service: [443/tcp, $p/tcp+udp]\nwhen: o\nrows: [A]",
    more="options:\n  o: {question: Is it?, default: yes}\n"
    "parameters:\n  p: {default: 1}\n  q: {value: $p + 1}\n",
    rows="rows:\n  A: {line: 1, device: web, direction: in, protocol: tcp, port: 443}\n",
)
_EXPRESSIONS = (
    "tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0",
    "udp [2001:db8::7]:53 > [2001:db8::1]:40000 state established out lan0 mark 7",
    "icmp 198.51.100.7 > 192.0.2.10 type 3 code 4 state related",
    "protocol 47 198.51.100.7 > 192.0.2.10",
    "tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn,ack",
)
_PACKETS = (
    '{"family": 4, "src": "198.51.100.7", "dst": "192.0.2.10", "proto": "tcp", "sport": 40000,'
    ' "dport": 443, "in": "eth0", "out": null, "state": "new", "tcp_flags": "syn", "mark": 0}\n'
    '{"src": "2001:db8::7", "dst": "2001:db8::1", "proto": "icmpv6", "icmp_type": 128,'
    ' "icmp_code": 0, "pkt_type": "unicast", "ct_dir": "reply"}\n'
)
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
"""What was found, in a folder for each kind; a case of several files is a folder in that."""


def corpus() -> dict[Path, Case]:
    """The cases in which something once was a finding."""
    kinds = {kind.replace(" ", "-"): kind for kind in KINDS}
    found = {}
    for path in sorted(CORPUS.glob("*/*")):
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        # Not `read_text`: that would make line feeds of carriage returns.
        texts = [(each.name, each.read_bytes().decode("utf-8", "surrogatepass")) for each in files]
        kind = kinds[path.parent.name]
        found[path] = Case(kind, (*texts, *_companions(kind)))
    return found
