"""What `fwlint init` asks on a terminal, and what it makes of the answers."""

import io
from pathlib import Path

import pytest

from policies.products import TITLES
from tests.linter.drafts.samples import EDGE, Init, existing, read, with_machines


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """A folder with the exports of two machines."""
    return with_machines(tmp_path, monkeypatch, capsys)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _asked(init: Init, monkeypatch: pytest.MonkeyPatch, answers: str, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", _Terminal(answers))
    status, _, questions = init.run(*arguments)
    assert status == 0
    return questions


def test_on_a_terminal_a_person_is_asked(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    init.write({"edge.v4": EDGE})
    answers = "vault\nwan0\n10.1.0.0/16\nserver\n"

    questions = _asked(init, monkeypatch, answers, "edge.v4", "web.v4")

    found = read(existing(init))
    assert found["devices"]["edge"]["interfaces"] == {"lan0": "lan0", "wan0": "internet"}
    assert found["networks"] == {"lan0": "10.1.0.0/16"}
    assert found["use"] == {"vault": {"bind": {"server": "any"}}}
    assert questions == (
        f"fwlint knows these products: {', '.join(TITLES)}\n"
        "Which of them are here? (names with commas; empty: none) "
        "Which interface of edge leads to the internet? (lan0, wan0; empty: unknown) "
        "Which network is behind lan0 of edge? "
        "(as in 10.0.0.0/24; several with commas; empty: unknown) "
        "Which roles does web have? (vault.server, vault.load-balancer, vault.consul-server; "
        "empty: none) "
    )
    assert init.check("--fail-on", "never")[0] == 0


def test_what_is_no_answer_is_asked_again(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    init.write({"edge.v4": EDGE})
    answers = "volt\n\nwan\nwan0\n10.1.0.1/16\n10.1.0.0/16\n"

    questions = _asked(init, monkeypatch, answers, "edge.v4")

    assert "unknown policy `volt`; did you mean `vault`?\n" in questions
    assert "there is no interface `wan`; did you mean `wan0`?\n" in questions
    assert "`10.1.0.1/16` has host bits set" in questions
    assert read(existing(init))["networks"] == {"lan0": "10.1.0.0/16"}


@pytest.mark.parametrize("answers", ["", "\n\n\n\n"], ids=["the end", "nothing"])
def test_no_answer_is_one_too(answers: str, init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    init.write({"edge.v4": EDGE})

    _asked(init, monkeypatch, answers, "edge.v4", "-o", "asked.yaml")
    init.run("edge.v4", "-o", "site.yaml", "--no-input")

    asked = (init.folder / "asked.yaml").read_text(encoding="utf-8")
    assert read(asked)["devices"] == read(existing(init))["devices"]


def test_nobody_is_asked_without_a_terminal_or_if_told_not_to(
    init: Init, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _asked(init, monkeypatch, "", "web.v4", "--no-input") == ""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert init.run("web.v4", "--force")[2] == ""


def test_what_options_say_nobody_is_asked(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    init.write({"edge.v4": EDGE})
    given = ("--interface", "wan0=internet", "--interface", "lan0=10.1.0.0/16", "--policy", "vault")

    assert _asked(init, monkeypatch, "", "edge.v4", *given) == ""
    assert read(existing(init))["networks"] == {"lan0": "10.1.0.0/16"}
