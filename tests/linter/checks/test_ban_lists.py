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
_BANS = [f"10.10.{number % 256}.{number // 256 * 7 + 1}" for number in range(1_600)]
_INNER = f"""\
table inet filter {{
	set bans {{
		type ipv4_addr
		elements = {{ 10.20.0.30, 10.10.8.7, 192.0.2.12, {", ".join(_BANS)} }}
	}}
	set partners {{
		type ipv4_addr
		elements = {{ {", ".join(_BANS[::4])} }}
	}}
	chain forward {{
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ip saddr @partners ip daddr 192.0.2.0/28 tcp dport {{ 22, 1433 }} accept
		ip saddr @bans ip daddr != @partners tcp dport {{ 22, 80, 443, 4430 }} drop
		ip daddr @bans drop
		ip saddr . ip daddr {{ 10.10.8.9 . 192.0.2.10, 10.10.8.7 . 192.0.2.10 }} accept
		ip saddr != @bans tcp dport {{ 22, 80, 443, 1433, 4430 }} accept
	}}
}}
"""
"""Some of the bans are machines of the site, and a shorter list is a part of them."""
_EXPORTS = {
    "inner.nft": _INNER,
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
