"""A site of each product with faults that are found, and its clean twin, as whole outputs.

A site names its planted faults in comments: `# planted: FW101 rke2.etcd on edge`.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import policies
from linter.cli import main
from tests import ROOT
from tests.pinned import SELECTED

_FIRST = ("1e", "leap", "onion-id")
"""Those that the demo sites use."""
_SITES = sorted(path.relative_to(ROOT) for path in ROOT.glob("fixtures/products/*/*/site.yaml"))
_PLANTED = re.compile(r"# planted: (FW[0-9]{3}) (\S+)(?: on (\S+))?$", re.MULTILINE)
Planted = tuple[str, str, str]


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _kind(site: Path) -> str:
    return site.parent.name.partition("-")[0]


def _findings(site: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    main(["check", str(site), *SELECTED, "-o", "json"])
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return found


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_every_product_has_a_site_with_faults_and_one_without(name: str) -> None:
    kinds = {_kind(site) for site in _SITES if site.parts[2] == name}

    assert name in _FIRST or kinds == {"clean", "faulty"}


@pytest.mark.parametrize("site", _SITES, ids=str)
def test_the_output_is_as_reviewed(
    site: Path, golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["check", str(site), *SELECTED, "-o", "concise"])
    captured = capsys.readouterr()

    assert captured.err == ""
    assert status == (1 if _kind(site) == "faulty" else 0)
    golden(ROOT / site.with_name("expected.txt"), captured.out)


@pytest.mark.parametrize("site", [site for site in _SITES if _kind(site) == "clean"], ids=str)
def test_the_clean_site_has_no_warning(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    levels = [each["level"] for each in _findings(site, capsys)]

    assert set(levels) <= {"info"}


@pytest.mark.parametrize("site", [site for site in _SITES if _kind(site) == "faulty"], ids=str)
def test_the_planted_faults_are_found(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted: list[Planted] = _PLANTED.findall(site.read_text(encoding="utf-8"))
    found = {
        (each["check"], name, device)
        for each in _findings(site, capsys)
        for name in (each.get("flow") or "-", "-")
        for device in (each.get("device") or "", "")
    }

    assert planted
    assert [each for each in planted if each not in found] == []
