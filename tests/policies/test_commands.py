"""`fwlint policy`: what it prints, and its exit status."""

import json
from pathlib import Path

import pytest

import policies
from linter.cli import main
from linter.commands import policy
from tests.policies.samples import policy_text


def test_the_list_names_the_products(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy.list_policies() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(policies.PRODUCTS)
    assert [line.split(maxsplit=1)[1] for line in lines] == [
        policies.load_policy(name).title for name in policies.PRODUCTS
    ]


def test_a_policy_is_shown_by_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(
        policy_text(
            "any_of: [443/tcp, 80-88/tcp]\napp: HTTP\nunless: cold\nadmin: yes\nseverity: critical",
            more="options:\n  cold: {question: Is it cold?}\n",
        ),
        encoding="utf-8",
    )

    assert policy.show(str(path)) == 0
    assert capsys.readouterr().out == (
        "shop: Shop\n"
        "\n"
        "All\n"
        "  FLOW  FROM   TO   SERVICE                    NEED  ROWS\n"
        "  one   users  web  443/tcp or 80-88/tcp HTTP  must\n"
        "    unless cold; critical: must never be blocked; administrative access\n"
        "\n"
        "Roles\n"
        "  ROLE  WHAT IT IS\n"
        "  web   Web server\n"
        "  db    Database (addresses: inside, outside)\n"
        "\n"
        "Peers\n"
        "  PEER   WHAT IT IS\n"
        "  users  Customers\n"
        "\n"
        "Options\n"
        "  OPTION  DEFAULT      QUESTION\n"
        "  cold    must answer  Is it cold?\n"
    )


def test_showing_what_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy.show("laep") == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == (
        "",
        "laep:1:1: unknown policy `laep`; did you mean `leap`?\n",
    )


def test_checking_the_products_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy.check(["1e", "leap", "onion-id"]) == 0
    assert capsys.readouterr().out == (
        "1e: 30 flows, 49 rows: every row is covered, 28 of them only with some answers to "
        "options\n"
        "leap: 10 flows, 10 rows: every row is covered\n"
        "onion-id: 20 flows, 23 rows: every row is covered, 1 of them only with some answers to "
        "options\n"
    )


def test_checking_a_policy_that_lost_a_row_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    rows = "rows:\n  A1: {line: 3, device: web, direction: in, protocol: tcp, port: 443}\n"
    path.write_text(policy_text("service: 80/tcp\nrows: [A1]", rows=rows), encoding="utf-8")

    assert policy.check([str(path)]) == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "") == (
        "shop.yaml:18:3: error[FW509]: row A1 (line 3) lists 443/tcp, which no flow that cites "
        "the row requires\n"
        "    A1: {line: 3, device: web, direction: in, protocol: tcp, port: 443}\n"
        "    ^^\n"
        "  = help: add the port to a flow that cites the row\n"
        "shop.yaml:12:9: error[FW509]: flow `one` has 80/tcp, which is in none of the rows it "
        "cites\n"
        "        - id: one\n"
        "          ^^^^^^^\n"
        "  = help: add `inferred: [service]` if the document does not say so\n"
        "shop: 1 flow, 1 row: 2 problems\n"
    )


def test_an_unreadable_policy_outranks_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(policy_text("service: 80"), encoding="utf-8")

    assert policy.check([str(path), "leap"]) == 2
    output = capsys.readouterr()
    assert output.out == "leap: 10 flows, 10 rows: every row is covered\n"
    assert output.err.replace(f"{tmp_path}/", "") == (
        "shop.yaml:15:18: `80` has no protocol; write `80/tcp` or `80/tcp+udp`\n"
        "          service: 80\n"
        "                   ^^\n"
    )


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy.schema() == 0
    assert json.loads(capsys.readouterr().out)["title"] == "fwlint product policies and sites"


def test_one_section_can_be_shown_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy.show("leap", sections=["publicly open ports"]) == 0
    shown = capsys.readouterr().out
    assert "Publicly open ports" in shown
    assert "Privately open ports" not in shown


def test_a_section_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "leap", "--section", "publicly"]) == 2
    assert "leap has no section `publicly`" in (capsys.readouterr().err)


REQUIRES = {
    "right": ("active-directory: {bind: {members: web}, options: {trust: no}}", 0, ""),
    "no such role": ("active-directory: {bind: {memberz: web}}", 2, "did you mean `members`?"),
    "no such answer": (
        "active-directory: {options: {trust: perhaps}}",
        2,
        "no such option or answer",
    ),
    "one's own": (
        "keys: {bind: {server: web}}",
        0,
        "`keys`, on which it builds, was not looked at",
    ),
}


@pytest.mark.parametrize(("requires", "status", "said"), REQUIRES.values(), ids=REQUIRES)
def test_what_a_policy_says_of_the_one_it_builds_on_is_checked(
    requires: str, status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(policy_text(more=f"requires: {{{requires}}}\n"), encoding="utf-8")

    assert policy.check([str(path)]) == status
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
