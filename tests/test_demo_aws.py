"""The demo of a LEAP provider in a VPC of AWS."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT

_ROOT = ROOT
_DEMO = Path("fixtures/demo")
_EXPORTS = str(_DEMO / "exports" / "aws")


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_ROOT)


@pytest.mark.parametrize("format_name", ["concise", "full"])
def test_the_demo_prints_what_was_reviewed(
    format_name: str,
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["check", str(_DEMO / "site-aws.yaml"), "-o", format_name])

    captured = capsys.readouterr()
    assert (status, captured.err) == (1, "")
    golden(_ROOT / _DEMO / "expected-aws" / f"{format_name}.txt", captured.out)


_SOLEDAD = ("--groups", "sg-0a61f0c2b9d87e341,sg-0d94c3f5ec0ba1674", "--acl")
_TRACES = {
    "by the interface": (
        ("--at", "eni-013d5b6a7f8e9dacb0"),
        "tcp 8.8.8.8:40000 > 10.30.2.13:2323",
        "accept",
    ),
    "by its address": (("--at", "10.30.2.13"), "tcp 8.8.8.8:40000 > 10.30.2.13:2324", "drop"),
    "by groups and ACL": (
        (*_SOLEDAD, "acl-05a2e3d4c5b6a7988"),
        "tcp 198.51.100.70:40000 > 10.30.2.13:22",
        "accept",
    ),
    "what the groups permit and the ACL does not": (
        ("--at", "eni-016d5b6a7f8e9dacb0"),
        "tcp 8.8.8.8:40000 > 10.30.2.16:10000",
        "drop",
    ),
    "the ACL's answers, which are stateless": (
        ("--at", "eni-013d5b6a7f8e9dacb0", "--hook", "output"),
        "tcp 10.30.2.13:2323 > 8.8.8.8:40000 state established",
        "drop",
    ),
}


@pytest.mark.parametrize(("where", "packet", "expected"), _TRACES.values(), ids=_TRACES)
def test_traced_packets_get_one_verdict_of_groups_and_acl(
    where: tuple[str, ...], packet: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["trace", _EXPORTS, *where, packet])

    verdict = capsys.readouterr().out.splitlines()[-1]
    assert verdict.split(":")[0] == expected


def test_a_trace_without_a_place_names_the_places(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["trace", _EXPORTS, "tcp 8.8.8.8:40000 > 10.30.2.13:2323"])

    assert status == 2
    assert capsys.readouterr().err == (
        "fwlint trace: the exports contain 6 firewalls; choose one with --at: "
        "eni-011d5b6a7f8e9dacb0, "
        "eni-012d5b6a7f8e9dacb0, eni-013d5b6a7f8e9dacb0, eni-014d5b6a7f8e9dacb0, "
        "eni-015d5b6a7f8e9dacb0, …\n"
    )
