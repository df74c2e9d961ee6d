"""What `fwlint init` refuses, word for word; nothing is written then."""

import os
from pathlib import Path

import pytest

from tests import READABLE
from tests.linter.drafts.samples import WEB, Init, existing, with_machines


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """A folder with the exports of two machines."""
    return with_machines(tmp_path, monkeypatch, capsys)


def _refused(init: Init, *arguments: str) -> str:
    status, said, errors = init.run(*arguments)
    assert (status, said) == (2, "")
    return errors


def test_a_file_that_is_there_is_replaced_on_demand_only(init: Init) -> None:
    init.write({"site.yaml": "mine\n"})

    message = "fwlint init: site.yaml is not written: it exists; --force replaces it\n"
    assert _refused(init, "web.v4") == message
    assert existing(init) == "mine\n"
    assert init.run("web.v4", "--force")[0] == 0
    assert existing(init) != "mine\n"


@pytest.mark.parametrize("target", ["elsewhere.yaml", "missing.yaml"])
def test_nothing_is_written_through_a_link(target: str, init: Init) -> None:
    init.write({"elsewhere.yaml": "mine\n"})
    (init.folder / "site.yaml").symlink_to(target)

    assert "it exists; --force replaces it" in _refused(init, "web.v4")
    assert _refused(init, "web.v4", "--force") == (
        "fwlint init: site.yaml is not written: it is a link, and nothing is written through one\n"
    )
    assert (init.folder / "elsewhere.yaml").read_text(encoding="utf-8") == "mine\n"
    assert not (init.folder / "missing.yaml").exists()


_HOOK = "type filter hook input priority 0"
_NFT = f"table inet filter {{ chain input {{ {_HOOK}; tcp dport 22 accept; }} }}\n"
_REFUSED = {
    "a folder that is not there": (
        ("web.v4", "-o", "no/site.yaml"),
        "fwlint init: no/site.yaml is not written: there is no folder no",
    ),
    "a folder": (
        ("web.v4", "-o", "sub", "--force"),
        "fwlint init: sub is not written: it is a folder",
    ),
    "no such file": (("lost.v4",), "lost.v4:1:1: cannot be read: No such file or directory"),
    "a folder without files": (("sub",), "sub:1:1: is a folder without files"),
    "something else": (
        ("letter.txt",),
        (
            f"letter.txt:1:1: is in no known format: the formats are {READABLE}; "
            "`fwlint export-help` says how exports are made"
        ),
    ),
    "a site file": (
        ("mine.yaml",),
        (
            "mine.yaml:1:1: is a site or policy file of fwlint, and no export that fwlint reads: "
            "name the export instead"
        ),
    ),
    "an empty file": (
        ("empty.v4",),
        "empty.v4:1:1: is empty: the command that was to write it may have failed",
    ),
    "a line that is no rule": (
        ("bad.v4",),
        "bad.v4:5:1: the rule ends too early",
    ),
    "standard input": (
        ("-",),
        "fwlint init: -: a site file names its exports, so that each has to be a file; save it",
    ),
    "a pipe": (
        ("/dev/fd/0",),
        (
            "fwlint init: /dev/fd/0: a site file names its exports, so that each has to be a file; "
            "save it"
        ),
    ),
    "the rules of two machines": (
        ("web.v4", "web.rules"),
        (
            "web.rules:1:1: the table filter of IPv4 is in web.v4 too, and iptables-restore would "
            "replace that one: files of two machines are two devices"
        ),
    ),
    "the same rules in two forms": (
        ("edge.nft", "edge.nft.txt"),
        (
            "edge.nft.txt:1:1: has rules of the chain input of inet filter, and so has "
            "edge.nft, which is taken for the same device: rename one of them, or move it"
        ),
    ),
    "sets of nobody": (
        ("mail.ipset", "web.v4"),
        (
            "mail.ipset:1:1: says nothing of the device that it is of, and there are no rules of "
            "it: name it like the rules that it belongs to, such as `web.v4` and `web.addr.json`"
        ),
    ),
    "an unknown policy": (
        ("web.v4", "--policy", "wazu"),
        "wazu:1:1: unknown policy `wazu`; did you mean `wazuh`?",
    ),
    "a role without a policy": (
        ("web.v4", "--role", "wazuh.server"),
        "fwlint init: --role wazuh.server: unknown role `wazuh.server`; none are defined",
    ),
    "an unknown role": (
        ("web.v4", "--policy", "vault", "--role", "servr"),
        (
            "fwlint init: --role servr: unknown role `servr`; expected one of "
            "`vault.consul-server`, `vault.load-balancer`, `vault.server`"
        ),
    ),
    "an unknown machine": (
        ("web.v4", "--policy", "vault", "--role", "wep=server"),
        "fwlint init: --role wep=server: no such machine in the exports; did you mean `web`?",
    ),
    "a role of one of several": (
        ("web.v4", "db.v4", "--policy", "vault", "--role", "server"),
        "fwlint init: --role server: no such machine in the exports; say which, as in MACHINE=ROLE",
    ),
    "an interface of one of several": (
        ("web.v4", "db.v4", "--interface", "eth0=internet"),
        (
            "fwlint init: --interface eth0=internet: say of which device, as in "
            "DEVICE:eth0=internet: they are web, db"
        ),
    ),
    "an interface of none": (
        ("web.v4", "--interface", "wbe:eth0=internet"),
        (
            "fwlint init: --interface wbe:eth0=internet: no such device in the exports; did you "
            "mean `web`?"
        ),
    ),
    "an interface without a network": (
        ("web.v4", "--interface", "eth0"),
        "fwlint init: --interface eth0: expected [DEVICE:]NAME=NETWORK",
    ),
    "no network": (
        ("web.v4", "--interface", "eth0=10.0.0.1/8"),
        (
            "fwlint init: --interface eth0=10.0.0.1/8: `10.0.0.1/8` has host bits set; write "
            "`10.0.0.0/8` for the prefix, or `10.0.0.1` for the single address"
        ),
    ),
    "the same output twice": (
        ("web.v4", "-o", "a.yaml", "-o", "b.yaml"),
        "fwlint init: error: argument -o: given twice; it can have one value only",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    arguments: tuple[str, ...], message: str, init: Init
) -> None:
    (init.folder / "sub").mkdir()
    init.write(
        {
            "letter.txt": "Dear reader\n",
            "mine.yaml": "fwlint: site/1\n",
            "empty.v4": "",
            "bad.v4": "*filter\n:INPUT DROP [0:0]\n\n\nnonsense\nCOMMIT\n",
            "web.rules": WEB,
            "edge.nft": _NFT,
            "edge.nft.txt": _NFT,
            "mail.ipset": "create a hash:ip family inet hashsize 1024 maxelem 65536\n",
        }
    )
    errors = _refused(init, *arguments)

    assert message in [errors.splitlines()[0], errors.splitlines()[-1]]
    assert not list(init.folder.glob("site.yaml")) + list(init.folder.glob("[ab].yaml"))


def test_without_exports_it_says_how_it_is_used(init: Init) -> None:
    errors = _refused(init)

    assert errors.startswith("usage: fwlint init EXPORT... [options]\n")
    assert errors.endswith("error: the following arguments are required: EXPORT\n")


def test_all_exports_that_cannot_be_read_are_told_at_once(init: Init) -> None:
    init.write(dict.fromkeys(("a.v4", "b.v4"), "*filter\nnonsense\nCOMMIT\n"))

    errors = _refused(init, "a.v4", "web.v4", "b.v4")
    assert "a.v4:2:1: " in errors
    assert "b.v4:2:1: " in errors


def test_a_name_that_is_no_text_is_refused(init: Init) -> None:
    name = b"web\xff.v4"
    Path(os.fsdecode(bytes(init.folder) + b"/" + name)).write_text(WEB, encoding="utf-8")

    errors = _refused(init, os.fsdecode(name))
    assert "no site file can name it, as its name is not UTF-8; rename it" in errors


def test_a_link_out_of_the_tree_in_a_folder_is_refused_where_it_is(init: Init) -> None:
    (init.folder / "many").mkdir()
    (init.folder / "many" / "web.v4").write_bytes((init.folder / "web.v4").read_bytes())
    (init.folder / "many" / "out.v4").symlink_to(init.folder / "web.v4")

    assert _refused(init, "many") == (
        "many/out.v4:1:1: is outside the tree of the file that names it; "
        "--allow-outside DIR allows it\n"
    )
    assert not (init.folder / "site.yaml").exists()
