"""What a file names lies in its own tree, unless the command line says otherwise."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT

_RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
_NFT = "table inet t { chain c { type filter hook forward priority 0; policy drop; }; }\n"
_POLICY = """\
fwlint: policy/1
name: shop
roles: {web: Web}
sections: [{title: All, flows: [{id: a, from: internet, to: web, service: 443/tcp}]}]
"""
_SITE = """\
fwlint: site/1
networks: {dmz: 192.0.2.0/28}
devices:
  edge:
    config: [CONFIG]
    interfaces: {eth0: internet, eth1: dmz}
"""
_PACKET = "tcp 198.51.100.7:32768 > 192.0.2.11:443 in eth0"
_OUTSIDE = "is outside the tree of the file that names it; --allow-outside DIR allows it"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a site in a folder of it, and files beside the repository."""
    outside, repository = tmp_path / "outside", tmp_path / "repository"
    (outside / "policies").mkdir(parents=True)
    (outside / "edge.rules").write_text(_RULES)
    (outside / "more.nft").write_text(_NFT)
    (outside / "policies" / "shop.yaml").write_text(_POLICY)
    for name in (".git", "sites", "exports", "policies"):
        (repository / name).mkdir(parents=True)
    (repository / "exports" / "edge.rules").write_text(_RULES)
    (repository / "exports" / "more.nft").write_text(_NFT)
    (repository / "policies" / "shop.yaml").write_text(_POLICY)
    (repository / "sites" / "link.rules").symlink_to(outside / "edge.rules")
    (repository / "sites" / "link").symlink_to(outside)
    (repository / "sites" / "zero").symlink_to("/dev/zero")
    (repository / "sites" / "environ").symlink_to("/proc/self/environ")
    os.mkfifo(repository / "sites" / "pipe")
    monkeypatch.chdir(repository / "sites")
    return repository


def check(text: str, *arguments: str) -> int:
    """The status of a check of a site with this text, which shows nothing."""
    Path("site.yaml").write_text(text)
    return main(["check", "site.yaml", "-q", "--fail-on", "never", *arguments])


def test_a_site_names_what_is_in_its_repository() -> None:
    text = _SITE.replace("CONFIG", "../exports/edge.rules")

    assert check(text + "policies: [../policies, ]\n") == 0
    assert check(text + "policies: ../policies/shop.yaml\n") == 0


NAMED = {
    "../../outside/edge.rules": _OUTSIDE,
    "../../outside/nothing.rules": _OUTSIDE,
    "../../outside": _OUTSIDE,
    "/etc/passwd": _OUTSIDE,
    "/etc/nothing": _OUTSIDE,
    "/dev/zero": _OUTSIDE,
    "/dev/stdin": _OUTSIDE,
    "/proc/self/environ": _OUTSIDE,
    "link.rules": _OUTSIDE,
    "link/edge.rules": _OUTSIDE,
    "link": _OUTSIDE,
    "zero": _OUTSIDE,
    "environ": _OUTSIDE,
    "pipe": "is a named pipe, not a regular file",
    '"a\\0b"': "is no name of a file",
}


@pytest.mark.parametrize(("path", "reason"), NAMED.items(), ids=NAMED)
def test_an_export_outside_is_refused_at_the_line_that_names_it(
    path: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(_SITE.replace("CONFIG", path)) == 2
    error = capsys.readouterr().err
    assert error.startswith("site.yaml:5:14: `")
    assert reason in error.splitlines()[0]


@pytest.mark.parametrize("path", [path for path in NAMED if "0" not in path and path != "pipe"])
@pytest.mark.parametrize("key", ["policies: [{}]", "policies: {}"])
def test_a_policy_outside_is_refused_at_the_line_that_names_it(
    path: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = _SITE.replace("CONFIG", "../exports/edge.rules")

    assert check(text + key.format(path) + "\n") == 2
    error = capsys.readouterr().err
    assert error.startswith("site.yaml:7:")
    assert _OUTSIDE in error.splitlines()[0]


def test_a_folder_to_include_from_is_refused_outside(capsys: pytest.CaptureFixture[str]) -> None:
    text = _SITE.replace("CONFIG", "../exports/more.nft") + "    includes: [/etc]\n"

    assert check(text) == 2
    assert capsys.readouterr().err.startswith(f"site.yaml:7:16: `/etc` {_OUTSIDE}")


@pytest.mark.parametrize("name", ["link.yaml", "pipe.yaml"])
def test_what_a_folder_of_policies_holds_is_in_the_tree_too(
    name: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repository / "policies" / name
    os.mkfifo(path) if name == "pipe.yaml" else path.symlink_to("/etc/passwd")

    text = _SITE.replace("CONFIG", "../exports/edge.rules")
    assert check(text + "policies: ../policies\n") == 2
    assert capsys.readouterr().err.startswith(f"site.yaml:7:11: `../policies/{name}` is ")


@pytest.mark.parametrize("name", ["a-link", "a-pipe", "gone"])
def test_what_a_folder_of_exports_holds_is_in_the_tree_too(
    name: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repository / "exports" / name
    target = "/nothing" if name == "gone" else "/etc/passwd"
    os.mkfifo(path) if name == "a-pipe" else path.symlink_to(target)

    assert check(_SITE.replace("CONFIG", "../exports")) == 2
    assert capsys.readouterr().err.startswith(f"site.yaml:5:14: `../exports/{name}` is ")
    assert main(["trace", str(repository / "exports"), _PACKET]) == 2
    assert capsys.readouterr().err.startswith(f"{repository}/exports/{name}:1:1: is ")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("../../outside/edge.rules", ""),
        ("link.rules", ""),
        ("link/edge.rules", ""),
        ("../exports/edge.rules", "policies: ../../outside/policies\n"),
        ("../../outside/more.nft", "    includes: ../../outside\n"),
    ],
)
def test_the_command_line_can_allow_a_folder(path: str, more: str) -> None:
    text = _SITE.replace("CONFIG", path) + more

    assert check(text) == 2
    assert check(text, "--allow-outside", "../..") == 0
    assert check(text, "--allow-outside", "/usr", "--allow-outside", "../../outside") == 0


def test_a_folder_that_is_allowed_has_to_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    text = _SITE.replace("CONFIG", "../exports/edge.rules")

    assert check(text, "--allow-outside", "nothing") == 2
    expected = "fwlint check: --allow-outside nothing: there is no such folder\n"
    assert capsys.readouterr().err == expected


def test_devices_are_refused_even_where_the_folder_is_allowed() -> None:
    assert check(_SITE.replace("CONFIG", "/dev/null"), "--allow-outside", "/") == 2
    assert check(_SITE.replace("CONFIG", "/proc/self/status"), "--allow-outside", "/") == 2


def test_the_site_that_nobody_typed_has_to_be_in_the_tree(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "sites" / "site.yaml").symlink_to("/etc/passwd")

    assert main(["check"]) == 2
    assert capsys.readouterr().err == f"site.yaml:1:1: {_OUTSIDE}\n"


def piped(*arguments: str, text: str = _RULES) -> subprocess.CompletedProcess[str]:
    """One run of the program whose standard input, and file FD, is a pipe with the text."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    arguments = tuple(each.replace("FD", str(reader)) for each in arguments)
    done = subprocess.run(
        [sys.executable, "-m", "linter", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        pass_fds=(reader,),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    os.close(reader)
    return done


@pytest.mark.parametrize("path", ["-", "/dev/stdin", "/dev/fd/FD", "/proc/self/fd/FD"])
def test_what_is_typed_may_be_a_pipe(path: str) -> None:
    quick = ["--policy", "../policies/shop.yaml", "--role", "web"]
    done = piped("check", *quick, path, "--fail-on", "never")
    assert (done.returncode, done.stderr) == (0, "")
    assert "in 1 export" in done.stdout

    assert "drop" in piped("trace", path, _PACKET).stdout

    site = _SITE.replace("CONFIG", "../exports/edge.rules")
    done = piped("check", path, "--fail-on", "never", text=site)
    assert (done.returncode, done.stderr) == (0, "")

    done = piped("check", path, text=_SITE.replace("CONFIG", "../../outside/edge.rules"))
    assert f":5:14: `../../outside/edge.rules` {_OUTSIDE}" in done.stderr

    done = piped("check", path, "--fail-on", "never")
    assert (done.returncode, done.stderr) == (0, "")
    assert "in 1 export" in done.stdout

    done = piped("policy", "check", path, text=_POLICY)
    assert (done.returncode, done.stderr) == (0, "")

    by_pipe = ["--policy", path, "--role", "web", "../exports/edge.rules"]
    done = piped("check", *by_pipe, "--fail-on", "never", text=_POLICY)
    assert (done.returncode, done.stderr) == (0, "")

    packet = '{"proto": "tcp", "src": "198.51.100.7", "dst": "192.0.2.11", "dport": 443}\n'
    done = piped("trace", "../exports/edge.rules", "--packets", path, text=packet)
    assert "drop: ../exports/edge.rules:2: default policy" in done.stdout


def test_includes_of_a_pipe_are_those_of_the_current_folder(repository: Path) -> None:
    (repository / "sites" / "ports.nft").write_text("define p = 22\n")
    text = f'include "./ports.nft"\n{_NFT}'

    assert piped("trace", "/dev/fd/FD", _PACKET, text=text).returncode == 0
    done = piped("trace", "/dev/fd/FD", _PACKET, text=text.replace("./ports.nft", "./0"))
    assert "the included file `./0` is not there" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--policy", "leap", "--role", "webapp", "-", "-"],
        ["trace", "-", "-", _PACKET],
        ["trace", "-", "--packets", "-"],
    ],
)
def test_standard_input_is_read_once(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(_RULES.encode())))

    assert main(arguments) == 2
    assert "standard input (-) can be read once: name one file `-`" in capsys.readouterr().err
