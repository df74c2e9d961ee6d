"""The demo site with a pfSense edge: what went wrong is found, with what is pfSense's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT
from tests.pinned import SELECTED

_ROOT = ROOT
_DEMO = Path("fixtures/demo")


@pytest.mark.parametrize("format_name", ["concise", "full"])
def test_the_demo_prints_what_was_reviewed(
    format_name: str,
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(_ROOT)
    status = main(["check", str(_DEMO / "site-pf.yaml"), *SELECTED, "-o", format_name])

    captured = capsys.readouterr()
    assert (status, captured.err) == (1, "")
    golden(_ROOT / _DEMO / "expected-pf" / f"{format_name}.txt", captured.out)


def test_what_went_wrong_with_iptables_went_wrong_with_pfsense(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_ROOT)
    old, new = (_findings(capsys, name) for name in ("site.yaml", "site-pf.yaml"))

    assert old - new == {"FW902"} - new
    assert new - old == {"FW101", "FW108", "FW307"}


def _findings(capsys: pytest.CaptureFixture[str], site: str) -> set[str]:
    """The kinds of findings."""
    main(["check", str(_DEMO / site), *SELECTED, "-o", "concise"])
    lines = capsys.readouterr().out.splitlines()[:-1]
    return {line.split(": ", 2)[1].split()[0] for line in lines}


_PACKETS = {
    "tcp 8.8.8.8:40000 > 203.0.113.13:2323 in wan out opt1": "accept",
    "tcp 8.8.8.8:40000 > 203.0.113.13:2323 in igb0 out igb2": "accept",
    "tcp 8.8.8.8:40000 > 203.0.113.13:2324 in wan out opt1": "drop",
    "tcp 10.10.0.7:40000 > 10.20.0.30:3900 in lan out opt2": "accept",
    "tcp 10.10.0.7:40000 > 10.20.0.30:3901 in lan out opt2": "drop",
    "tcp 192.168.7.7:40000 > 203.0.113.11:443 in wan out opt1": "drop",
}


@pytest.mark.parametrize(("packet", "expected"), _PACKETS.items())
def test_traced_packets_take_the_names_of_pfsense_and_of_its_devices(
    packet: str,
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(_ROOT)
    main(["trace", str(_DEMO / "exports" / "edge.xml"), "--hook", "forward", packet])

    verdict = capsys.readouterr().out.splitlines()[-1]
    assert verdict.split(":")[0] == expected
