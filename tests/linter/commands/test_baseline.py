"""`fwlint baseline`: what is there is accepted, and what is new or worse is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from linter.cli import main

_POLICY = """\
fwlint: policy/1
name: shop
roles: {web: Web}
peers: {admins: Administrators}
sections:
  - title: All
    flows:
      - {id: https, from: internet, to: web, service: 443/tcp}
      - {id: ssh, from: admins, to: web, service: 22/tcp, admin: yes}
"""
_SITE = """\
fwlint: site/1
name: shop of example.com
networks: {dmz: 192.0.2.0/28, office: 10.1.0.0/16}
devices:
  edge:
    config: edge.nft
    ipv6: no
    interfaces: {eth0: internet, eth1: dmz, eth2: office}
policies: shop.yaml
use:
  shop:
    bind: {web: 192.0.2.10, admins: 10.1.9.0/24}
"""
_EXPORT = """\
table inet filter {
	set helpers {
		type ipv4_addr; flags interval
		elements = { 10.1.0.0/24 }
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		ip daddr 192.0.2.10 tcp dport 443 counter packets 12 bytes 720 accept
		ip saddr 10.1.9.0/24 ip daddr 192.0.2.10 tcp dport 22 accept
		ip saddr @helpers ip daddr 192.0.2.10 tcp dport 22 counter packets 5 bytes 300 accept
		ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 tcp dport 8080 accept
	}
}
"""
_HELPERS = "ip saddr @helpers ip daddr 192.0.2.10 tcp dport 22 counter packets 5 bytes 300 accept"
_LEGACY = "ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 tcp dport 8080 accept"
DAY = ("--date", "2026-11-20")
SELECT = ("--select", "FW1,FW2,FW510")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with two openings that nothing asks for, in a repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop.yaml").write_text(_POLICY)
    (tmp_path / "site.yaml").write_text(_SITE)
    (tmp_path / "edge.nft").write_text(_EXPORT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def accept(*more: str) -> int:
    """Writes the baseline of what is there."""
    return main(["baseline", "site.yaml", "-o", "baseline.json", *DAY, *SELECT, *more])


def _check(*more: str) -> int:
    words = ["check", "site.yaml", "--baseline", "baseline.json", "--fail-on", "info"]
    return main([*words, *more])


def checked(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    """The report of a check with the baseline, as JSON, and its exit status."""
    capsys.readouterr()
    status = _check("-o", "json", *DAY, *SELECT, *more)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {**found, "status": status}


def test_what_is_there_is_accepted_until_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "site.yaml", *DAY, *SELECT, "-q", "--fail-on", "info"]) == 1
    assert accept() == 0
    assert capsys.readouterr().out == "baseline.json accepts 2 findings until 2027-02-18.\n"

    status = _check(*DAY, *SELECT)

    assert capsys.readouterr().out == (
        "No findings in 1 export, 5 rules and 2 flows; 0 waived, 2 accepted by the baseline.\n"
    )
    assert status == 0


_SAME = {
    "as it was": _EXPORT,
    "lines moved": "# a comment\n\n" + _EXPORT.replace("\t\tct state", "\n\n\t\tct state"),
    "counters": _EXPORT.replace("packets 5 bytes 300", "packets 60000 bytes 3600000"),
    "no counters": _EXPORT.replace(" packets 5 bytes 300", ""),
    "another order": _EXPORT.replace(f"\t\t{_LEGACY}\n", "").replace(
        "\t\tip daddr", f"\t\t{_LEGACY}\n\t\tip daddr", 1
    ),
    "a smaller set": _EXPORT.replace("10.1.0.0/24", "10.1.0.0/28"),
}


@pytest.mark.parametrize("export", _SAME.values(), ids=_SAME)
def test_what_is_no_worse_stays_accepted(export: str, capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    Path("edge.nft").write_text(export)

    report = checked(capsys)

    assert report["findings"] == []
    assert report["summary"]["accepted"] == len(report["accepted"]) == 2
    assert report["status"] == 0


_WORSE = {
    "a wider set": (("10.1.0.0/24 }", "10.1.0.0/20 }"), "it is about other packets"),
    "another set": (("10.1.0.0/24 }", "10.1.1.0/24 }"), "it is about other packets"),
    "a deny before it": (
        (
            _LEGACY,
            f"ip saddr 10.1.0.0/17 ip daddr 192.0.2.10 tcp dport 8080 drop\n\t\t{_LEGACY}",
        ),
        "",
    ),
    "a rule twice": ((f"\t\t{_LEGACY}\n", f"\t\t{_LEGACY}\n\t\t{_LEGACY}\n"), ""),
    "another rule": (("tcp dport 8080", "tcp dport 8081"), None),
    "a new rule": (
        (_LEGACY, f"{_LEGACY}\n\t\tip saddr 10.1.0.0/16 ip daddr 192.0.2.10 udp dport 53 accept"),
        None,
    ),
}


@pytest.mark.parametrize(("change", "why"), _WORSE.values(), ids=_WORSE)
def test_what_is_new_or_worse_is_told(
    change: tuple[str, str], why: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    accept()
    assert _EXPORT.count(change[0]) == 1
    Path("edge.nft").write_text(_EXPORT.replace(*change))

    report = checked(capsys)

    found = [each for each in report["findings"] if each["check"] != "FW510"]
    if why == "":  # it opens no more than it did
        assert (found, report["summary"]["accepted"]) == ([], 2)
        return
    (new,) = found
    labels = [each["label"] for each in new["related"] if each["path"] == "baseline.json"]
    assert report["status"] == 1
    assert labels == [f"accepted here, but {why} than it was, or more"] * bool(why)


def test_what_was_only_possible_is_told_when_it_is_certain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rule = "ip saddr 10.1.0.0/16 meta cgroup 5 ip daddr 192.0.2.10 tcp dport 8080 accept"
    Path("edge.nft").write_text(_EXPORT.replace(_LEGACY, rule))
    accept()
    before = json.loads(Path("baseline.json").read_text())
    text = Path("baseline.json").read_text().replace("meta cgroup 5 ", "")
    Path("baseline.json").write_text(text)
    assert "possible" in {each["certainty"] for each in before["findings"]}
    Path("edge.nft").write_text(_EXPORT)

    (new,) = checked(capsys)["findings"]

    assert new["certainty"] == "certain"
    assert new["related"][-1]["label"] == "accepted here, but it was only possible"


def test_a_higher_level_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    text = Path("baseline.json").read_text()
    assert text.count('"level": "warning"') >= 1
    Path("baseline.json").write_text(text.replace('"level": "warning"', '"level": "info"'))

    found = checked(capsys)["findings"]

    assert {each["related"][-1]["label"] for each in found} == {
        "accepted here, but it was of level info"
    }


def test_what_is_gone_is_told_and_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    Path("edge.nft").write_text(_EXPORT.replace(f"\t\t{_LEGACY}\n", ""))

    (note,) = checked(capsys)["findings"]
    assert (note["check"], note["level"]) == ("FW510", "info")
    assert note["message"] == "1 of 2 findings in the baseline is no longer there"
    assert note["place"]["path"] == "baseline.json"
    assert "8080" in note["place"]["label"]

    assert accept("--prune") == 0
    assert capsys.readouterr().out == (
        "baseline.json accepts 1 finding until 2027-02-18; 1 no longer there.\n"
    )
    assert checked(capsys)["findings"] == []
    Path("edge.nft").write_text(_EXPORT)
    assert [each["check"] for each in checked(capsys)["findings"]] != []


def test_pruning_accepts_nothing_new_and_narrows(capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    new = _EXPORT.replace("10.1.0.0/24 }", "10.1.0.0/28 }").replace("dport 8080", "dport 8081")
    Path("edge.nft").write_text(new)
    accept("--prune")

    assert [each["check"] != "FW510" for each in checked(capsys)["findings"]] == [True]
    Path("edge.nft").write_text(_EXPORT)
    found = checked(capsys)["findings"]
    assert len(found) == 2  # the set is wider again, and port 8080 is back


def test_checks_that_did_not_run_leave_nothing_unused(capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    capsys.readouterr()

    status = _check(*DAY, "--select", "FW1,FW510", "-o", "concise")

    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize(("day", "is_over"), [("2027-02-18", False), ("2027-02-19", True)])
def test_behind_its_last_day_all_count_again(
    day: str, is_over: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    accept()
    capsys.readouterr()

    status = _check("--date", day, *SELECT, "-o", "concise")

    said = capsys.readouterr().out
    assert status == is_over
    assert ("FW510 warning: the baseline ended on 2027-02-18: what it accepted " in said) is is_over
    assert ("none accepted by the baseline, which ended on 2027-02-18." in said) is is_over


def test_a_waiver_needs_no_entry_and_makes_none_unused(capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    waiver = "accept:\n  - {finding: FW205, because: old, until: 2099-01-01}\n"
    Path("site.yaml").write_text(_SITE + waiver)

    report = checked(capsys)

    assert report["findings"] == []
    assert len(report["waived"]) + len(report["accepted"]) == 2
    assert report["waived"] != []


def test_no_baseline_turns_it_off(capsys: pytest.CaptureFixture[str]) -> None:
    accept()

    report = checked(capsys, "--no-baseline")

    assert (len(report["findings"]), report["baseline"]) == (2, None)


def test_sarif_leaves_out_what_is_accepted_or_suppresses_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    accept()
    capsys.readouterr()
    words = ["check", "site.yaml", "--baseline", "baseline.json", "-o", "sarif", *DAY, *SELECT]
    main(words)
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    main([*words, "--sarif-include-waived"])
    (whole,) = json.loads(capsys.readouterr().out)["runs"]

    assert run["results"] == []
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "Accepted by the baseline: 2, left out."
    assert [each["suppressions"][0]["justification"] for each in whole["results"]] == [
        "accepted by the baseline (until 2027-02-18)"
    ] * 2


def test_a_new_baseline_says_what_is_other_than_before(capsys: pytest.CaptureFixture[str]) -> None:
    accept()
    Path("edge.nft").write_text(
        _EXPORT.replace("10.1.0.0/24 }", "10.1.0.0/20 }").replace("dport 8080", "dport 8081")
    )
    capsys.readouterr()

    assert accept("--expires", "2026-12-31") == 0

    assert capsys.readouterr().out == (
        "baseline.json accepts 2 findings until 2026-12-31 "
        "(1 new, 1 worse than before, 1 no longer there).\n"
    )


def test_exports_alone_have_baselines_too(capsys: pytest.CaptureFixture[str]) -> None:
    rules = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport {} -j ACCEPT\nCOMMIT\n"
    Path("web.rules").write_text(rules.format(3306))
    words = ["web.rules", "--select", "FW2,FW510"]
    assert main(["baseline", *words, "-o", "web.json"]) == 0
    check = ["check", *words, "--baseline", "web.json", "--fail-on", "info", "-o", "concise"]
    assert main(check) == 0

    Path("web.rules").write_text(
        rules.format("3306,5432").replace("--dport", "-m multiport --dports")
    )
    capsys.readouterr()
    assert main(check) == 1
    said = capsys.readouterr().out
    assert "FW215" in said
    assert "1 of 1 finding in the baseline is no longer there" in said
