"""A check of a long list of bans says the same whether a few addresses stand for it or not."""

from pathlib import Path
from unittest.mock import patch

import pytest

from linter.cli import main
from linter.engine.sets import longlists
from linter.engine.sets.longlists import Lists
from linter.engine.sets.standins import StandIns
from tests.bench import nftables
from tests.bench.exports import blocklist
from tests.bench.site import site

_OPEN = "\t\tip daddr 192.0.2.0/28 tcp dport { 22, 443 } accept\n"
_EXPORTS = {
    "bans.rules": blocklist(1_300),
    "bans.nft": nftables.ruleset(10, 4_200, _OPEN),
}


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["check", "--output", "json", "--trace", "--no-config", *arguments])
    return capsys.readouterr().out


@pytest.mark.parametrize("export", _EXPORTS)
@pytest.mark.parametrize("is_site", [True, False], ids=["of a site", "alone"])
def test_the_report_is_the_same_with_all_addresses(
    export: str,
    is_site: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / export).write_text(_EXPORTS[export], encoding="utf-8")
    (tmp_path / "site.yaml").write_text(site(export), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = "site.yaml" if is_site else export
    made: list[StandIns | None] = []
    stand_ins = Lists.stand_ins

    def noted(lists: Lists) -> StandIns | None:
        made.append(stand_ins(lists))
        return made[-1]

    with patch.object(Lists, "stand_ins", noted):
        short = _said(capsys, asked)
    with patch.object(longlists, "_TIMES", 0):
        long = _said(capsys, asked)

    assert any(made)
    assert short == long
