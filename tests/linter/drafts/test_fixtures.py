"""Every export in fixtures/: a site file is written and read, and what it says of itself is so."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import parsers
from parsers.shared.format import Format
from parsers.shared.reading import head_of
from tests import ROOT
from tests.linter.drafts.samples import Init, read, unhidden

_FIXTURES = ROOT / "fixtures"
_TOLD = {
    0: "",
    1: "# Today it exits with 1, as no site file can make up for this in the exports:\n#   FW",
    2: "# Until what is MISSING below is filled in, it exits with 2, and says:\n#   ",
}
"""What a file says of itself by the exit status of `fwlint check`."""
_ANYHOW = ("checks", "products")
"""Exports that are much like others: they are tried with --long only."""


def _exports() -> Iterator[Path]:
    """The exports, and the folders of an account's."""
    for path in sorted(_FIXTURES.rglob("*")):
        if path.is_file() and not path.name.startswith("expected") and path.suffix:
            kind = parsers.kind_of(head_of(str(path)))
            if isinstance(kind, Format) and path.name != "site.yaml":
                is_part = kind.parts and path.parent.name != "meaning"
                yield path.parent if is_part else path


def _parameter(path: Path) -> object:
    inside = path.relative_to(_FIXTURES)
    marks = [pytest.mark.long] if inside.parts[0] in _ANYHOW else []
    return pytest.param(path, id=str(inside), marks=marks)


_EVERY = [_parameter(path) for path in dict.fromkeys(_exports()) if path != _FIXTURES]
_REFUSED = {
    "aws/without-interfaces": "no network interface is in the exports",
    "nftables/refused/nftables.conf": "the range `80-70` ends before it begins",
    "nftables/router/rules.d/10-vpn.nft": "no variable `wan_if` is defined",
    "nftables/router/rules.d/20-guard.nft": "no variable `wan_if` is defined",
}


def _copied(path: Path, folder: Path) -> str:
    """The export in the folder, with what it includes; not what else lies beside it."""
    there = folder / "there"
    there.mkdir()
    if path.is_file():
        for beside in ("rules.d", "names.nft"):
            if (path.parent / beside).is_dir():
                shutil.copytree(path.parent / beside, there / beside)
            elif (path.parent / beside).exists():
                shutil.copy(path.parent / beside, there)
        shutil.copy(path, there)
        return f"there/{path.name}"
    for each in path.iterdir():
        if each.suffix in (".json", ".yaml") and each.name != "site.yaml":
            shutil.copy(each, there)
    return "there"


def test_every_format_is_among_them() -> None:
    folders = {path.relative_to(_FIXTURES).parts[0] for path in _exports()}
    dialects = {dialect.name for each in parsers.FORMATS for dialect in each.dialects}

    assert dialects <= folders
    assert {"checks", "defaults", "demo", "products", "tools"} <= folders


@pytest.mark.parametrize("path", _EVERY)
def test_what_is_written_says_what_becomes_of_it(path: Path, init: Init) -> None:
    given = _copied(path, init.folder)
    refusal = _REFUSED.get(str(path.relative_to(_FIXTURES)))
    if refusal:
        status, _, errors = init.run(given)
        assert (status, (init.folder / "site.yaml").exists()) == (2, False)
        assert refusal in errors
        return

    text = init.text({}, given)
    status, _ = init.check()

    assert _TOLD[status] in text
    assert ("MISSING" in text) is (status == 2)
    assert all(said in text or not said for said in [_TOLD[status]])
    assert set(read(text)) >= {"fwlint", "name", "devices"}


_TOOLS = [
    *("ufw", "firewalld-iptables", "firewalld-nftables", "docker-iptables", "docker-nftables"),
    *("libvirt", "podman", "proxmox", "shorewall-one-interface", "ferm"),
]


@pytest.mark.parametrize("tool", _TOOLS)
def test_of_what_tools_load_nothing_is_open_but_what_is_proposed(tool: str, init: Init) -> None:
    shutil.copytree(_FIXTURES / "defaults" / tool, init.folder / "web")
    for name in ("command", "expected.txt"):
        (init.folder / "web" / name).unlink()
    text = init.text({}, "web")
    init.write({"site.yaml": unhidden(text).replace("ADDRESSES", "any")})

    assert read(text)["devices"]["web"]["host"] == "site.web"
    # What firewalld passes on is the same finding (FW201) for its exports alone.
    found = init.check("--select", "FW202,FW205,FW206,FW209")[1]
    assert [line for line in found.splitlines() if ": FW2" in line] == []
