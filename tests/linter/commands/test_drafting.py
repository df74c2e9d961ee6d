"""`fwlint policy new` and `policy import`: what they print, ask and refuse."""

import io
from pathlib import Path

import pytest

import policies
from linter.cli import main

SHOP = ("policy", "new", "shop", "--role", "web=Web server", "--flow", "users > web 443/tcp")


def test_a_policy_of_a_role_and_a_flow_is_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*SHOP]) == 0
    path = tmp_path / "shop.yaml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    policy = policies.load_policy(str(path))
    (flow,) = policy.flows

    assert (flow.sources, flow.targets) == (("users",), ("web",))
    assert policy.roles["web"].title == "Web server"


FLOWS = {
    "one service": ("users > web 443/tcp", "web-443-tcp"),
    "several": ("users > web 443/tcp 80/tcp", "web-443-tcp"),
    "several ends": ("users, admins > web,db 22/tcp", "web-22-tcp"),
    "either way": ("web <> db 135/tcp", "db-135-tcp"),
    "no ports": ("users > web esp", "web-esp"),
    "the internet": ("internet > web 443/tcp", "web-443-tcp"),
}


@pytest.mark.parametrize(("words", "name"), FLOWS.values(), ids=FLOWS)
def test_flows_are_written_as_people_write_them(
    words: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "new", "shop", "--role", "web", "--role", "db", "--flow", words]) == 0
    assert f"- id: {name}\n" in capsys.readouterr().out


REFUSED = {
    "no flow": (["shop", "--role", "web"], "a policy needs a flow"),
    "no role": (["shop", "--flow", "a > b 1/tcp"], "a policy needs a role"),
    "a flow that is none": (["shop", "--role", "web", "--flow", "443/tcp"], "`443/tcp` is no flow"),
    "no protocol": (["shop", "--role", "web", "--flow", "a > web 443"], "`443` has no protocol"),
    "a name with a blank": (["My Shop", "--role", "web", "--flow", "a > web 1/tcp"], "`my-shop`"),
    "nothing, and nobody to ask": (["shop"], "give at least one --role and one --flow"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_policy_is_refused(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert main(["policy", "new", *arguments]) == 2
    assert message in capsys.readouterr().err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_roles_and_flows_a_person_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = "Web shop\nweb=Web server\n\nusers > web 443/tcp\n\n"
    monkeypatch.setattr("sys.stdin", _Terminal(answers))

    assert main(["policy", "new", "shop"]) == 0
    shown = capsys.readouterr()
    assert "title: Web shop\n" in shown.out
    assert shown.err.count("): ") == 4


def test_a_file_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.yaml"

    assert main([*SHOP, "-o", str(path)]) == 0
    before = path.read_text(encoding="utf-8")
    assert main([*SHOP, "-o", str(path)]) == 2
    assert "it exists" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == before


def test_a_service_of_this_machine_is_a_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").write_text("[Shop]\ntitle=Shop\nports=443/tcp\n", encoding="utf-8")

    assert main(["policy", "import", str(tmp_path / "shop"), "--name", "own"]) == 0
    assert "name: own\n" in capsys.readouterr().out
    assert main(["policy", "import", str(tmp_path / "none")]) == 2


PAGE = "# Shop\n\n|Port|Protocol|\n|-|-|\n|443|TCP|\n"


def test_a_page_is_a_policy_that_can_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, policy = tmp_path / "page.md", tmp_path / "shop.yaml"
    page.write_text(PAGE, encoding="utf-8")

    assert main(["policy", "draft", str(page), "-o", str(policy)]) == 0
    assert main(["policy", "check", str(policy)]) == 0
    assert capsys.readouterr().out == "shop: 1 flow, 1 row: every row is covered\n"
    assert main(["policy", "draft", str(page), "-o", str(policy)]) == 2
    assert "it exists" in capsys.readouterr().err


def test_a_page_can_come_from_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))

    assert main(["policy", "draft", "-", "--name", "own"]) == 0
    assert "name: own\n" in capsys.readouterr().out


UNREADABLE = {
    "no file": ("none.md", None, [], "cannot be read"),
    "no table": ("page.md", "# Ports\n", [], "no table with ports was found"),
    "no text": ("page.md", "\0", [], "the file is no text"),
    "a name with a blank": ("page.md", PAGE, ["--name", "My Shop"], "write `my-shop`"),
}


@pytest.mark.parametrize(
    ("name", "text", "options", "message"), UNREADABLE.values(), ids=UNREADABLE
)
def test_a_page_that_is_no_policy_is_an_error(
    name: str,
    text: str | None,
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert main(["policy", "draft", str(tmp_path / name), *options]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
