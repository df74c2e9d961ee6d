"""The demo site with an edge of nftables: its output, and the same findings from JSON."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from linter.cli import main
from tests import ROOT
from tests.parsers.nftables.conftest import nft
from tests.parsers.nftables.samples import nft_accepts

__all__ = ["nft"]

_ROOT = ROOT
_DEMO = Path("fixtures/demo")


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_ROOT)


def _findings(capsys: pytest.CaptureFixture[str], site: Path) -> list[dict[str, Any]]:
    status = main(["check", str(site), "-o", "json", "--allow-outside", str(_ROOT)])
    output: dict[str, Any] = json.loads(capsys.readouterr().out)

    assert status == 1
    found: list[dict[str, Any]] = output["findings"]
    return found


def _shape(findings: Iterable[dict[str, Any]], *keys: str) -> Counter[tuple[str, ...]]:
    return Counter(tuple(str(finding.get(key)) for key in keys) for finding in findings)


@pytest.mark.parametrize("format_name", ["concise", "full"])
def test_the_demo_prints_what_was_reviewed(
    format_name: str,
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["check", str(_DEMO / "site-nft.yaml"), "-o", format_name])

    captured = capsys.readouterr()
    assert (status, captured.err) == (1, "")
    golden(_ROOT / _DEMO / "expected-nft" / f"{format_name}.txt", captured.out)


def test_what_went_wrong_is_what_went_wrong_with_iptables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old, new = (_findings(capsys, _DEMO / name) for name in ("site.yaml", "site-nft.yaml"))
    found, expected = (
        _shape((each for each in some if each["check"] != "FW902"), "check", "level", "message")
        for some in (new, old)
    )

    assert found == expected


def test_json_gives_the_findings_of_the_listing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (_DEMO / "site-nft.yaml").read_text(encoding="utf-8")
    exports = (_ROOT / _DEMO / "exports").as_posix()
    (tmp_path / "listing.yaml").write_text(text.replace("exports/", f"{exports}/"))
    twin = text.replace("exports/edge.nft ", "exports/edge.json ")
    (tmp_path / "json.yaml").write_text(twin.replace("exports/", f"{exports}/"))
    keys = ("check", "level", "certainty", "message", "packet", "affected", "reasons")

    listing, from_json = (
        _shape(_findings(capsys, tmp_path / name), *keys) for name in ("listing.yaml", "json.yaml")
    )

    assert twin != text
    assert from_json == listing


@pytest.mark.usefixtures("nft")
def test_nft_takes_the_export() -> None:
    assert nft_accepts((_DEMO / "exports" / "edge.nft").read_text(encoding="utf-8"))
