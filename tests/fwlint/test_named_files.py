"""What is wrong with a whole file is told at the line of the site that names it."""

from pathlib import Path

import pytest

from linter.cli import main
from tests import FORMAT_NAMES

RULES = (
    "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    "-A INPUT -i lo -j ACCEPT\nCOMMIT\n"
)
SITE = "fwlint: site/1\ndevices:\n  web:\n    config: {config}\n{more}"
POLICY = "fwlint: policy/1\nname: mine\nroles: {}\nsections: []\n"
FILES = {
    "web.rules": RULES.encode(),
    "empty.rules": b" \n",
    "pic.png": b"\x89PNG\r\n\x1a\n\0\0\0",
    "mine.yaml": POLICY.encode(),
    "other.yaml": b"fwlint: site/1\ndevices: {}\n",
    "notes/readme.txt": b"hello\n",
    "latin.yaml": b"fwlint: policy/1\nname: \xe9\n",
    "none.yaml": b"",
    "bad.rules": RULES.replace("-i lo -j", "-i lo -jump").encode(),
}
EXPORTS = {
    "not there": ("wbe.rules", "4:13: `wbe.rules` cannot be read: No such file or directory"),
    "second of two": (
        "[web.rules, wbe.rules]",
        "4:25: `wbe.rules` cannot be read: No such file or directory",
    ),
    "empty": (
        "empty.rules",
        "4:13: `empty.rules` is empty: the command that was to write it may have failed",
    ),
    "a picture": ("pic.png", "4:13: `pic.png` is a picture (PNG): it must be unpacked, and text"),
    "a policy": (
        "mine.yaml",
        (
            "4:13: `mine.yaml` is a site or policy file of fwlint, and no export that fwlint "
            "reads: name the export instead"
        ),
    ),
    "a folder of notes": ("notes", "4:13: `notes` has no rules: add the export of the firewall"),
    "a URL": ("http://a.b/c", "4:13: `http://a.b/c` cannot be read: No such file or directory"),
}
POLICIES = {
    "not there": ("wazuh.yml", "5:12: there is no file or folder `wazuh.yml`"),
    "a site": ("other.yaml", "5:12: `other.yaml` is a `site/1` file; a `policy/1` file is meant"),
    "an export": (
        "web.rules",
        "5:12: `web.rules`: this is no policy or site file: it has no line `fwlint: …`",
    ),
    "empty": ("none.yaml", "5:12: `none.yaml`: the file is empty"),
}


def _said(folder: Path, site: str, capsys: pytest.CaptureFixture[str]) -> str:
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (folder / "site.yaml").write_text(site, encoding="utf-8")
    assert main(["check", "-q", str(folder / "site.yaml")]) in (0, 2)
    return capsys.readouterr().err.replace(f"{folder}/", "")


@pytest.mark.parametrize(("config", "message"), EXPORTS.values(), ids=EXPORTS)
def test_an_export_is_told_where_the_site_names_it(
    config: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = _said(tmp_path, SITE.format(config=config, more=""), capsys)
    headline, line, _ = said.splitlines()
    assert headline == f"site.yaml:{message}"
    assert line == f"      config: {config}"


@pytest.mark.parametrize(("named", "message"), POLICIES.values(), ids=POLICIES)
def test_a_policy_is_told_where_the_site_names_it(
    named: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = f"policies: [{named}]\n"
    said = _said(tmp_path, SITE.format(config="web.rules", more=more), capsys)
    headline, line, _ = said.splitlines()
    assert headline == f"site.yaml:{message}"
    assert line == f"  policies: [{named}]"


def test_an_unknown_format_is_told_at_its_own_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "    format: nft\n"
    said = _said(tmp_path, SITE.format(config="web.rules", more=more), capsys)
    assert said == (
        f"site.yaml:5:13: there is no format nft: the formats are {FORMAT_NAMES}\n"
        "      format: nft\n              ^^^\n"
    )


def test_a_line_at_fault_is_told_in_its_own_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _said(tmp_path, SITE.format(config="bad.rules", more=""), capsys)
    assert said.startswith("bad.rules:5:16: ")


def test_what_is_right_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    networks = "networks: {lan: 10.0.0.0/8}\n"
    more = "    interfaces: {eth0: internet, eth1: lan}\n" + networks + "policies: [mine.yaml]\n"
    said = _said(tmp_path, SITE.format(config="web.rules", more=more), capsys)
    assert said == ""
