"""`fwlint check --each`: files of many devices, as a hook gets them, with what is no export."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT

_DEMO = ROOT / "fixtures" / "demo" / "exports"
_CLOSED = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
_OPEN = _CLOSED.replace("INPUT DROP", "INPUT ACCEPT")
_NFT = "table inet filter { chain input { type filter hook input priority 0; policy drop; } }\n"
_BANNER = "# keep out\n" * 8000
_PASSED = "{}: no export that stands by itself; passed over\n"
_NONE = "No findings in 0 exports, 0 rules and 0 flows; 0 waived.\n"

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """Runs a check with these files; returns its status and what it wrote."""
    monkeypatch.chdir(tmp_path)

    def run(files: dict[str, str | bytes], *more: str) -> tuple[int, str, str]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        named = more or ("-o", "concise")
        status = main(["check", "--each", *named, "--", *files])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_each_file_is_a_device_of_its_own(check: Check) -> None:
    status, out, err = check({"a/rules.v4": _OPEN, "b/rules.v4": _CLOSED, "c.nft": _NFT})

    assert (status, err) == (1, "")
    errors = [line for line in out.splitlines() if " error: " in line]
    assert errors == [
        "a/rules.v4:2:1: FW306 error: INPUT on a/rules.v4 lets everything pass that no rule drops"
    ]
    assert " in 3 exports, " in out


def test_findings_are_those_of_each_file_by_itself(check: Check) -> None:
    files: dict[str, str | bytes] = {"a.rules": _OPEN, "b.rules": _CLOSED}
    together = check(files)[1].splitlines()[:-1]
    alone = [line for name in files for line in check({name: files[name]})[1].splitlines()[:-1]]

    assert sorted(together) == sorted(alone)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", '{"name": "x"}'),
        ("pom.xml", "<project/>"),
        ("deploy/web.yaml", "apiVersion: v1\nkind: NetworkPolicy\n"),
        ("99-usb.rules", 'SUBSYSTEM=="usb", MODE="0666"\n'),
        ("98-disk.rules", '# disks\n\nATTRS{idVendor}=="1d6b", GROUP="disk"\n'),
        ("site.yml", "# ours\nfwlint: site/1\n"),
        ("nginx.conf", "# of the web\nserver { listen 80; }\n"),
        ("site.yaml", "fwlint: site/1\n"),
        ("policies/shop.yaml", "fwlint: policy/1\nname: shop\n"),
        ("edge.ipset", "create bogons hash:net family inet\n"),
        ("edge.addr.json", '[{"ifname": "eth0", "addr_info": []}]'),
        ("terraform.json", '{"terraform_version": "1.9"}'),
    ],
)
def test_what_is_no_export_is_passed_over_and_named(check: Check, name: str, text: str) -> None:
    assert check({name: text}) == (0, _NONE, _PASSED.format(name))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rules.v4", "-A INPUT\n", "is in no known format"),
        ("edge.rules6", "SUBSYSTEM\n", "is in no known format"),
        ("edge.nft", "server { }\n", "is in no known format"),
        ("edge.iptables-save", "", "is empty"),
        ("edge.json", "", "is empty"),
        ("edge.rules", ":INPUT ACCEPT [0:0]\nCOMMIT\n", "is in no known format"),
        ("edge.rules", _BANNER + _OPEN, "is in no known format"),
        ("edge.save", "-A INPUT -j ACCEPT\n", "is in no known format"),
        ("edge.conf", _BANNER + _NFT, "is in no known format"),
        ("edge.v4", "fwlint: 1\n" + _OPEN, "cannot be read"),
        ("edge.rules", "Chain INPUT (policy ACCEPT)\n", "is the output of `iptables -L`"),
        ("edge.xml", b"<pf\0sense>", "is no text"),
        ("edge.rules", "*filter\n:INPUT ACCEPT [0:0]\nCOMIT\n", "the table has no COMMIT"),
    ],
)
def test_a_broken_export_is_not_passed_over(
    check: Check, name: str, text: str | bytes, said: str
) -> None:
    status, out, err = check({name: text, "b.rules": _CLOSED})

    assert (status, "passed over" in err) == (2, False)
    assert said in err
    assert "1 input could not be evaluated." in out


def test_an_export_in_utf_16_is_an_export(check: Check) -> None:
    status, out, err = check({"edge.rules": _OPEN.encode("utf-16")})

    assert (status, err) == (1, "")
    assert "FW306 error" in out


def test_a_file_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--each", "gone.json"]) == 2
    assert "gone.json:1:1: cannot be read: No such file or directory" in capsys.readouterr().err


def test_the_files_of_a_cloud_account_are_one_device_whichever_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(_DEMO)

    def findings(*named: str) -> str:
        assert main(["check", "-o", "concise", *named]) == 0
        return capsys.readouterr().out

    one = findings("--each", "aws/subnets.json")
    assert one == findings("--each", "aws/security-groups.json", "aws/vpcs.json")
    assert " in 5 exports, " in one
    assert one.count("\n") == findings("aws").count("\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "--each takes names of files, not standard input"),
        ([], "--each needs the names of files"),
        (
            ["--policy", "leap", "--role", "mx", "a"],
            "--each checks exports by themselves, without --policy and --role",
        ),
        (["--address", "192.0.2.1", "a.rules"], "--option, --parameter, --bind, --address"),
    ],
)
def test_what_does_not_go_together_is_an_error(
    arguments: list[str], message: str, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    check({"a.rules": _CLOSED})

    assert main(["check", "--each", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"fwlint check: {message}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: v1\nkind: NetworkPolicy\n", True),
        ("fwlint: site/1\nnetworks: {}\n", True),
        ("{'fwlint': 'site/1'}\n", True),
        ("fwlint: policy/1\nname: shop\nroles: {a: A}\nsections: []\n", False),
        ("fwlint: polcy/1\nname: shop\nroles: {a: A}\nsections: []\n", False),
        ("fwlnt: policy/1\nname: shop\nroles: {a: A}\nsections: []\n", False),
        ("", False),
    ],
)
def test_the_check_of_policies_passes_over_what_is_none(
    text: str, expected: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    is_good = text.startswith("fwlint: policy/1\n")

    status = main(["policy", "check", "--only-policies", str(path), "leap"])

    captured = capsys.readouterr()
    assert (captured.err == f"{path}: no policy; passed over\n") == expected
    assert status == (0 if expected or is_good else 2)
    assert "leap: 10 flows, 10 rows: every row is covered\n" in captured.out


def test_without_the_option_each_file_is_to_be_a_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("apiVersion: v1\n")

    assert main(["policy", "check", str(path)]) == 2
    assert capsys.readouterr().err


_OF_FOLDER: dict[str, str | bytes] = {
    "hosts/a.nft": _NFT,
    "hosts/b.nft": _NFT.replace("drop", "accept"),
    "hosts/more/c.nft": _NFT,
    "hosts/README.md": "# Hosts\n",
}


@pytest.mark.parametrize("option", [(), ("--fix",), ("--baseline", "b.json", "--no-baseline")])
def test_a_folder_is_a_device_each_whatever_else_is_asked(
    option: tuple[str, ...], check: Check
) -> None:
    check(_OF_FOLDER)
    status, out, err = check({}, *option, "-o", "concise", "hosts")

    assert (status, err) == (1, "")
    assert "hosts/b.nft:1:35: FW306 error: input on hosts/b.nft lets everything pass" in out
    assert " in 3 exports, " in out


def test_a_baseline_of_a_folder_is_of_its_devices(check: Check) -> None:
    check(_OF_FOLDER)
    assert main(["baseline", "--each", "hosts", "-o", "b.json", "--expires", "2100-01-01"]) == 0
    kept = ("--baseline", "b.json", "-o", "concise", "hosts")
    assert check({}, *kept)[0] == 0
    status, out, _ = check({"hosts/more/d.nft": _OF_FOLDER["hosts/b.nft"]}, *kept)

    assert status == 1
    assert "hosts/more/d.nft:1:35: FW306 error" in out


def test_a_link_out_of_a_folder_is_an_error_whatever_else_is_asked(
    check: Check, tmp_path: Path
) -> None:
    check(_OF_FOLDER)
    (tmp_path.parent / "out.nft").write_text(_NFT)
    (tmp_path / "hosts" / "out.nft").symlink_to(tmp_path.parent / "out.nft")
    for option in ((), ("--fix",)):
        status, _, err = check({}, *option, "-o", "concise", "hosts")
        assert status == 2
        assert "hosts/out.nft:1:1: is outside the tree of the file that names it" in err


def test_a_folder_without_an_export_is_an_error_whatever_else_is_asked(check: Check) -> None:
    check({"hosts/README.md": "x"})
    for option in ((), ("--fix",)):
        status, _, err = check({}, *option, "-o", "concise", "hosts")
        assert (status, err) == (
            2,
            "hosts:1:1: holds no export that stands by itself, and no site file\n",
        )
