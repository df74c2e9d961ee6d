"""What tools write on purpose is no finding of the checks that need no site."""

from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT
from tests.linter.checks.bare import findings

_CHECKS = "FW308,FW310,FW312,FW319,FW320,FW402"
_FIXTURES = ROOT / "fixtures"
_EXPORTS = (
    "tools/fail2ban/rules.v4",
    "tools/firewalld/rules.v4",
    "tools/tailscale-libvirt/rules.v4",
    "tools/ufw/rules.v4",
    "iptables/docker/iptables-legacy.save",
    "iptables/docker/iptables-nft.save",
    "iptables/ufw/rules.v4",
    "iptables/ufw/rules.v6",
    "nftables/docker/iptables-nft.nft",
    "iptables/kubernetes/iptables.save",
    "nftables/firewalld/list.nft",
    "nftables/kubernetes/list.json",
)
_TABLE = """\
table inet {} {{
  chain later {{ tcp dport 22 accept; }}
  chain input {{
    type filter hook input priority filter; policy drop;
  }}
}}
"""


@pytest.mark.parametrize("export", _EXPORTS)
def test_the_output_of_tools(export: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(_FIXTURES / export)

    status = main(["check", path, "--select", _CHECKS, "--date", "2026-11-20", "-o", "concise"])

    assert (status, capsys.readouterr().out.count("FW")) == (0, 0)


@pytest.mark.parametrize(
    ("table", "expected"), [("firewalld", []), ("filter", ["FW304"])], ids=["a tool's", "one's own"]
)
def test_tables_of_tools_are_known_by_their_names(
    table: str, expected: list[str], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW304", **{"web.nft": _TABLE.format(table)})

    assert [each.check for each in found] == expected
