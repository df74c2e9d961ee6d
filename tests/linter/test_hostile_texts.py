"""A site whose every text is hostile: no output of any command acts on a terminal or a runner."""

import contextlib
import io
import itertools
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.cli import main
from linter.report import FORMATS

BITS = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\r",
    "\n",
    "\n::error::a",
    "\n  ::set-output name=a::b",
    "::warning file=a::b",
    "\n::stop-commands::c",
    "##[group]a",
    "##vso[task.complete]a",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200f",
    "\ufeff",
    "\u2028",
    "\x85",
    "\u3164",
    "\ufe0f",
    "\x7f",
    "a",
    " ",
]
HOSTILE = st.lists(st.sampled_from(BITS), min_size=1, max_size=5).map("".join)

_COMMAND = re.compile(r"^\s*::(?:[A-Za-z-]+(?:\s|$|::)|[A-Za-z].*::)")
_OURS = re.compile(r"::(?:error|warning|notice) title=FW\d{3} [^:\n]*::")
_COLOURS = re.compile(r"\x1b\[(?:0|1|1;3[0-9])m")
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f]")


def acting(text: str, *, is_annotation: bool = False) -> list[str]:
    """The lines of an output that could do something.

    What follows a command of ours is its message, whatever it begins with: a runner takes the first
    command of a line (actions/runner, ActionCommand.TryParseV2).
    """
    return [
        line
        for line in text.split("\n")
        if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") for char in line)
        or _INVISIBLE.search(line)
        or re.search(r"##\w*\[", line)
        or (_COMMAND.match(line) and not (is_annotation and _OURS.match(line)))
    ]


def texts(value: Any) -> Iterator[str]:
    """All texts in JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(texts, value.items()))
    elif isinstance(value, list | tuple):
        yield from itertools.chain.from_iterable(map(texts, value))


def ran(*arguments: str) -> tuple[int, str, str]:
    """The exit status, and what a run wrote to standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    return status, out.getvalue(), err.getvalue()


def harmless(*arguments: str) -> int:
    """The exit status of a run whose outputs do nothing."""
    status, out, err = ran(*arguments)
    assert "fault of fwlint" not in err, err
    assert acting(err) == []
    if "always" in arguments:
        out = _COLOURS.sub("", out)
    assert acting(out, is_annotation="github" in arguments) == []
    if {"json", "sarif"} & {*arguments}:
        for line in out.splitlines() if "trace" in arguments else [out] if out else []:
            _hold_json(line)
    return status


def _hold_json(document: str) -> None:
    for text in texts(json.loads(document)):
        # Within a text of JSON, no line begins and no hash stands for itself.
        assert acting("." + re.sub(r"[\n\t]|##", " ", text)) == []


def _hold_outputs(folder: Path, site: str) -> None:
    """No output of a check does anything: one run writes them all."""
    files = {name: folder / f"out-{number}" for number, name in enumerate(FORMATS)}
    outputs = [word for name, path in files.items() for word in ("-o", f"{name}:{path}")]
    status = harmless("check", site, "--trace", *outputs)
    for name, path in files.items() if status in (0, 1) else ():
        text = path.read_text(encoding="utf-8")
        assert acting(text, is_annotation=name == "github") == []
        if name in ("json", "sarif"):
            _hold_json(text)


IPTABLES = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
-A FORWARD -p tcp -m tcp --dport 8443 -m comment --comment "{0}" -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 22 -m helper --helper "{0}" -j ACCEPT
-A FORWARD -m set --match-set {1} src -j DROP
COMMIT
"""
NFT = """\
table inet t {{
  chain c {{
    type filter hook forward priority 0; policy drop;
    tcp dport 8443 accept comment "{0}"
    iifname "{0}" tcp dport 22 accept
  }}
}}
"""
XML = """\
<pfsense><version>23.3</version><interfaces><wan><if>em0</if><enable/><descr>{0}</descr>
<ipaddr>203.0.113.1</ipaddr><subnet>28</subnet></wan><opt1><if>em1</if><enable/><descr>{0}</descr>
<ipaddr>192.0.2.1</ipaddr><subnet>28</subnet></opt1></interfaces><filter><rule><type>pass</type>
<interface>wan</interface><ipprotocol>inet</ipprotocol><descr>{0}</descr><source><any/></source>
<destination><address>{0}</address></destination><tag>{0}</tag><odd>{0}</odd></rule></filter>
</pfsense>
"""
EXPORTS = {"iptables": IPTABLES, "nft": NFT, "xml": XML}
POLICY = """\
fwlint: policy/1
name: shop
title: {0}
document: {{title: {0}, url: {0}, date: 2026-01-31}}
sources: {{s: {0}}}
roles: {{web: {0}, db: {{title: {0}, addresses: [a, b]}}}}
peers: {{admins: {0}, far: {{title: {0}, fqdn: {0}}}}}
options: {{public: {{question: {0}, default: yes}}}}
parameters: {{port: {{default: 443, set_in: {0}}}}}
sections:
  - title: {0}
    flows:
      - {{id: one, from: internet, to: web, service: $port/tcp, app: {0}, purpose: {0}, rows: [A1]}}
      - {{id: two, from: admins, to: db.a, service: 22/tcp, notes: {0}}}
not_covered: [{0}]
rows:
  A1: {{line: 1, device: web, direction: in, protocol: tcp, port: 444, app: {0}}}
  A2: {{line: 2, says: {0}}}
"""
SITE = """\
fwlint: site/1
name: {0}
networks: {{dmz: 192.0.2.0/28}}
devices:
{1}policies: [{2}]
use: {{shop: {{options: {{public: yes}}, bind: {{web: 192.0.2.10, db: {{a: 192.0.2.11}}}}}}}}
accept:
  - {{finding: FW205, to: shop.web, service: 22/tcp, because: {0}, until: 2999-01-01}}
  - {{finding: FW101, because: {0}, until: 2000-01-01}}
"""
DEVICE = "  {0}: {{config: [{1}], interfaces: {{{2}: internet, {3}: dmz}}}}\n"


def quoted(text: str) -> str:
    """The text as YAML, every character of it."""
    return json.dumps(text)


def hostile_site(folder: Path, hostile: str) -> Path:
    """The site file: exports with the text wherever one can stand, under names that have it too."""
    name = re.sub(r"[/\0]", "", hostile)[:60]
    inside = folder / name
    inside.mkdir()
    word = re.sub(r"\s", "_", hostile)
    line = hostile.replace("\n", "").replace("\r", "").replace("\u2028", "").replace("\x85", "")
    for kind, export in EXPORTS.items():
        text = line if kind != "xml" else re.sub(r"[\x00-\x1f\x7f]", "", hostile)
        (inside / f"{name}.{kind}").write_text(export.format(text, word), encoding="utf-8")
    (inside / f"{name}.yaml").write_text(POLICY.format(quoted(hostile)), encoding="utf-8")
    devices = "".join(
        DEVICE.format(*map(quoted, (f"{kind} {hostile}", f"{name}.{kind}", *names)))
        for kind, names in (
            ("iptables", (hostile, f"d{hostile}")),
            ("nft", (hostile, f"d{hostile}")),
            ("xml", ("wan", "opt1")),
        )
    )
    path = inside / "site.yaml"
    site = SITE.format(quoted(hostile), devices, quoted(f"{name}.yaml"))
    path.write_text(site, encoding="utf-8")
    return path


@given(HOSTILE)
@settings(max_examples=12)
def test_no_text_acts(hostile: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = str(hostile_site(Path(folder), hostile))
        name = site.removesuffix("site.yaml")
        inside = os.listdir(name)  # noqa: PTH208
        _hold_outputs(Path(folder), site)
        harmless("check", site, "--color", "always", "--no-waivers")
        policy = next(
            name + each for each in inside if each.endswith(".yaml") and each != "site.yaml"
        )
        harmless("policy", "show", policy)
        harmless("policy", "check", policy)
        for each in inside:
            harmless("trace", name + each, "tcp 198.51.100.7:9 > 192.0.2.10:22 in em0")
            harmless(
                *("check", "--policy", "leap", "--role", "webapp", name + each, "-o", "github")
            )


COMMANDS = [
    ["check", "{0}"],
    ["check", "--policy", "{0}", "--role", "web", "x"],
    ["check", "--policy", "leap", "--role", "{0}", "x"],
    ["check", "--policy", "leap", "--role", "webapp", "{0}"],
    ["check", "--policy", "leap", "--role", "webapp", "x", "--bind", "{0}=1"],
    ["check", "--policy", "leap", "--role", "webapp", "x", "--bind", "webapp={0}"],
    ["check", "--policy", "leap", "--role", "webapp", "x", "--option", "{0}"],
    ["check", "--policy", "leap", "--role", "webapp", "x", "--parameter", "{0}=2"],
    ["check", "--policy", "leap", "--role", "webapp", "x", "--format", "{0}"],
    ["check", "x", "--allow-outside", "{0}"],
    ["check", "-o", "{0}"],
    ["check", "-o", "json:{0}/x", "--policy", "leap", "--role", "webapp", "x"],
    ["check", "--select", "{0}"],
    ["check", "--fail-on", "{0}"],
    ["check", "a", "{0}", "b"],
    ["trace", "{0}"],
    ["trace", "x", "{0}"],
    ["trace", "{0}", "tcp 192.0.2.1 > 192.0.2.2:22"],
    ["trace", "x", "--packets", "{0}"],
    ["trace", "x", "--at", "{0}", "tcp 192.0.2.1 > 192.0.2.2:22"],
    ["policy", "show", "{0}"],
    ["policy", "check", "{0}"],
    ["policy", "{0}"],
    ["explain", "{0}"],
    ["export-help", "{0}"],
    ["completion", "{0}"],
    ["diff", "x", "y", "--interface", "{0}=a"],
    ["{0}"],
    ["--{0}"],
    ["check", "--{0}"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@given(hostile=HOSTILE)
@settings(max_examples=8)
def test_no_argument_acts(arguments: list[str], hostile: str) -> None:
    assert harmless(*(each.replace("{0}", hostile) for each in arguments)) in (0, 2)


PACKETS = ['"{0}"', '{"{0}": 1}', '{"proto": "{0}"}', '{"src": "{0}"}', "{0}", '{"in": "{0}"'] + [
    '{"proto": "tcp", "src": "192.0.2.1", "dst": "192.0.2.2", "KEY": "{0}"}'.replace("KEY", key)
    for key in ("sport", "in", "state", "ct_dir", "tcp_flags", "mark", "{0}")
]


@pytest.mark.parametrize("packet", PACKETS)
@given(hostile=HOSTILE)
@settings(max_examples=10)
def test_no_packet_acts(packet: str, hostile: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rules, packets = Path(folder, "rules"), Path(folder, "packets")
        rules.write_text(NFT.format("", ""))
        for text in (hostile, json.dumps(hostile)[1:-1]):
            packets.write_text(packet.replace("{0}", text), encoding="utf-8")
            for output in ("text", "json"):
                harmless("trace", str(rules), "--packets", str(packets), "--format", output)


def test_nothing_but_one_module_writes_to_the_terminal() -> None:
    found = []
    top = Path(__file__).parents[2]
    for path in (path for each in ("linter", "fwlint") for path in (top / each).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"\bprint\(|sys\.std(?:out|err)\.write", text):
            found.append(path.name)

    assert sorted(found) == ["cli.py", "output.py"]
