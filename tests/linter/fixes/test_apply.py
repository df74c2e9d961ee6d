"""`--fix=apply`: copies with all fixes that can be made together, and never over a file."""

from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.checks.pf import EDGE, HTTPS, config
from tests.linter.checks.samples import KEEP_IN, policy, rules, site
from tests.linter.fixes.test_pf import BAN as _PF_BAN
from tests.linter.fixes.test_pf import PING as _PING

_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_SAME = "-A INPUT -p tcp -m tcp --dport 22 -m comment --comment again -j ACCEPT"
_TEN = "-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT"
_BAN = "-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 22 -j DROP"
_OLD = rules(KEEP_IN, _SSH, _TEN, _BAN)
_NEW = rules(KEEP_IN, _BAN, _SSH)


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*arguments: str) -> int:
    return main(["check", "host.v4", "--fail-on", "never", "-q", *arguments])


def test_the_copy_has_all_fixes_and_the_file_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("host.v4").write_text(_OLD)

    assert _run("--fix=apply", "--fix-to", "mended") == 0

    assert Path("mended/host.v4").read_text() == _NEW
    assert Path("host.v4").read_text() == _OLD
    assert capsys.readouterr().err == (
        "fwlint: mended/host.v4 is host.v4 with fixes; load nothing that you have not read\n"
        "fwlint: 2 of 2 fixes are in the copies\n"
    )


def test_of_two_rules_that_make_each_other_redundant_one_is_left() -> None:
    """A rule that is redundant only while another one is there cannot go with that one."""
    # Each half is redundant beside the whole; the whole is beside both halves.
    low, high = (
        f"-A INPUT -s {half}.0.0.0/1 -p tcp -m tcp --dport 22 -j ACCEPT" for half in (0, 128)
    )
    Path("host.v4").write_text(rules(KEEP_IN, low, high, _SSH))

    assert _run("--fix=apply", "--fix-to", "mended") == 0

    text = Path("mended/host.v4").read_text()
    assert _SSH not in text or (low not in text and high not in text)
    assert main(["diff", "host.v4", "mended/host.v4"]) == 0


def test_no_folder_is_made_where_there_is_nothing_to_mend() -> None:
    Path("host.v4").write_text(rules(KEEP_IN, _SSH))

    assert _run("--fix=apply", "--fix-to", "mended") == 0

    assert not Path("mended").exists()


def test_a_bare_fix_writes_nothing() -> None:
    Path("host.v4").write_text(_OLD)

    assert main(["check", "--fix", "host.v4", "-q", "--fail-on", "never"]) == 0

    assert [each.name for each in Path().iterdir()] == ["host.v4"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--fix=apply"],
            "--fix=apply writes copies of the edited files: name a new folder with --fix-to DIR",
        ),
        (
            ["--fix-to", "new"],
            "--fix-to requires --fix=apply: --fix alone prints and writes nothing",
        ),
        (
            ["--fix=apply", "--fix-to", "there"],
            "--fix-to there: it is there already, and nothing is written over",
        ),
        (
            ["--fix=apply", "--fix-to", "link"],
            "--fix-to link: it is there already, and nothing is written over",
        ),
    ],
    ids=["no folder", "not asked for", "an old folder", "a link to nowhere"],
)
def test_what_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    Path("host.v4").write_text(_OLD)
    Path("there").mkdir()
    Path("link").symlink_to("nowhere")

    assert _run(*arguments) == 2
    assert capsys.readouterr().err == f"fwlint check: {message}\n"
    assert not any(Path("there").iterdir())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_OLD.replace("\n", "\r\n").encode(), _NEW.replace("\n", "\r\n").encode()),
        (f"# caf\xe9\n{_OLD}".encode("latin-1"), f"# caf\xe9\n{_NEW}".encode("latin-1")),
        (_OLD.removesuffix("\n").encode(), _NEW.removesuffix("\n").encode()),
    ],
    ids=["other line ends", "another encoding", "no end of the last line"],
)
def test_the_rest_of_a_copy_is_the_same_byte_by_byte(old: bytes, new: bytes) -> None:
    Path("host.v4").write_bytes(old)

    assert _run("--fix=apply", "--fix-to", "mended") == 0

    assert Path("mended/host.v4").read_bytes() == new


_BY = "<created><username>hunter2-of-the-firewall</username></created>"


@pytest.mark.parametrize(
    ("texts", "select", "is_edited"),
    [
        ((_PING, _PF_BAN + _BY), "FW314", True),
        ((_PING + _BY, _PF_BAN), "FW314", True),
        ((_PF_BAN, _PING + _BY), "FW314", False),
    ],
    ids=["the rule that is moved", "the other one", "no-op"],
)
def test_what_is_not_shown_is_moved_as_it_is(
    texts: tuple[str, str], select: str, is_edited: bool
) -> None:
    text = config(*texts)
    Path("edge.xml").write_text(text)

    main(["check", "edge.xml", "--fix=apply", "--fix-to", "new", "--select", select, "-q"])

    assert Path("new").exists() == is_edited
    if is_edited:
        first, second = (f"<rule>{each}</rule>\n" for each in texts)
        assert Path("new/edge.xml").read_text() == text.replace(first + second, second + first)


def test_no_line_is_written_anew_of_which_a_part_is_not_shown() -> None:
    hidden = HTTPS.replace("443", "400-500").strip().replace("\n", "") + _BY
    for name, text in {
        "shop.yaml": policy(),
        "site.yaml": site(EDGE),
        "edge.xml": config(hidden),
    }.items():
        Path(name).write_text(text)

    main(["check", "site.yaml", "--fix=apply", "--fix-to", "new", "--select", "FW2", "-q"])

    assert not Path("new").exists()
