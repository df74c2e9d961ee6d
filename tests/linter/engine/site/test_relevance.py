"""Rules that cannot concern a site's questions are left out, and nothing else changes."""

from pathlib import Path

import pytest

from flowmodel.values import Values
from linter.cli import main
from linter.engine.device.program import Relevance, everything
from linter.engine.site import firewalls
from tests import ROOT
from tests.bench.exports import SHAPES
from tests.bench.site import site

_DEMO = ROOT / "fixtures/demo/site.yaml"


def _keep_all(_: Values) -> Relevance:
    return everything


def _found(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["check", str(path), "-o", "json"]) in (0, 1)
    return capsys.readouterr().out


def _alike(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    near = _found(path, capsys)
    monkeypatch.setattr(firewalls, "near", _keep_all)

    assert _found(path, capsys) == near


def test_the_demo_site_has_the_same_findings_with_all_rules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _alike(_DEMO, monkeypatch, capsys)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_made_up_site_has_the_same_findings_with_all_rules(
    shape: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "fw.rules").write_text(SHAPES[shape](600))
    (tmp_path / "site.yaml").write_text(site("fw.rules", is_machine=shape == "blocklist"))

    _alike(tmp_path / "site.yaml", monkeypatch, capsys)
