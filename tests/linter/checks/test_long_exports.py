"""Exports that are longer than the stack is deep."""

from pathlib import Path

import pytest

from linter.cli import main
from linter.engine.sets import space
from tests.bench.site import site

_HEAD = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"


@pytest.mark.parametrize("jump", ["-j", "-g"])
def test_thousands_of_chains_in_a_row_are_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], jump: str
) -> None:
    most = 3_000
    chains = "".join(f":c{number} - [0:0]\n" for number in range(most))
    rules = "".join(f"-A c{number} {jump} c{number + 1}\n" for number in range(most - 1))
    path = tmp_path / "r.v4"
    path.write_text(f"{_HEAD}{chains}-A INPUT {jump} c0\n{rules}-A c{most - 1} -j ACCEPT\nCOMMIT\n")

    main(["check", str(path)])

    assert "could not be evaluated: " not in capsys.readouterr().err


def test_hundreds_of_port_forwards_do_not_fill_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 60
    rules = "".join(
        f"-A PREROUTING -p tcp --dport {number} -j DNAT --to-destination 10.1.0.{number}:80\n"
        for number in range(1, most)
    )
    (tmp_path / "r.v4").write_text(
        f"*nat\n:PREROUTING ACCEPT [0:0]\n{rules}COMMIT\n{_HEAD}-A FORWARD -j ACCEPT\nCOMMIT\n"
    )
    (tmp_path / "site.yaml").write_text(site("r.v4"))
    monkeypatch.setattr(space, "_MOST_VARIABLES", 2_000)

    # What nobody knows of an address is one thing, however often it is asked about.
    assert main(["check", str(tmp_path / "site.yaml")]) == 1
