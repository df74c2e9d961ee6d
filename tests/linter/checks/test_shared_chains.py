"""What each rule decides is worked out once: for chains that places share, and in any room."""

import json
from pathlib import Path

import pytest

import parsers
from flowmodel.addresses import Addresses
from flowmodel.record import replace
from flowmodel.site import Device, Site
from flowmodel.source import Span
from linter.checks.open.sections import sections
from linter.checks.open.table import opened
from linter.checks.rulebase.judged import judged, written
from linter.checks.rulebase.passing import Passing, passing, translating
from linter.checks.subject import Subject
from linter.engine.sets.words import packets_in_words
from tests.linter.checks.aws import HTTPS, account, entry


def _subject(folder: Path, machines: int) -> Subject:
    """An account with so many machines of one group in one subnet."""
    exports = json.loads(account([HTTPS], [entry(100, (443, 443), is_egress=False)]))
    (first,) = exports["NetworkInterfaces"]
    exports["NetworkInterfaces"] = [
        first
        | {
            "NetworkInterfaceId": f"eni-{number}",
            "PrivateIpAddress": f"192.0.2.{number}",
            "PrivateIpAddresses": [{"PrivateIpAddress": f"192.0.2.{number}", "Primary": True}],
        }
        for number in range(10, 10 + machines)
    ]
    path = folder / "account.json"
    path.write_text(json.dumps(exports), encoding="utf-8")
    rulesets = {"account": tuple(parsers.read_exports([str(path)]))}
    return Subject(Site("", {}, (), (), ()), {}, rulesets)


def _seen_of_acl(subject: Subject) -> list[tuple[str, list[int]]]:
    """The families in which each rule of the network ACL was looked at."""
    return [
        (each.rule.title, [seen.family for seen in each.seen])
        for each in written(subject)
        if each.chain.name.startswith("acl-")
    ]


def test_a_chain_that_several_machines_share_is_looked_at_once(tmp_path: Path) -> None:
    one, two = (_seen_of_acl(_subject(tmp_path, machines)) for machines in (1, 2))

    assert one
    assert two == one


def test_another_room_for_packet_sets_changes_nothing_of_what_is_known_of_rules(
    tmp_path: Path,
) -> None:
    subject = _subject(tmp_path, 1)
    known = judged(subject)

    assert judged(replace(subject, room=1 << 20, known={})) is known
    assert judged(_subject(tmp_path, 1)) is not known


def test_firewalls_are_asked_some_at_a_time_where_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = replace(_subject(tmp_path, 5), room=1 << 17)
    together = [_said(each) for each in passing(known)]

    monkeypatch.setattr("linter.checks.rulebase.passing._TOGETHER", 2)
    subject = replace(known, known={})
    spaces = {id(space) for space in [each.space for each in passing(subject)]}

    assert len(together) == 10
    assert sorted(_said(each) for each in passing(subject)) == sorted(together)
    assert len(spaces) == 6
    assert subject.known == {}
    assert list(passing(subject, translating)) == []


def test_a_machine_is_told_the_same_in_a_space_that_others_were_asked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device("account", (), "aws", (), (), Addresses(), Span("site.yaml", 1, 1, 1, 1))
    subject = replace(_subject(tmp_path, 5), site=Site("", {}, (device,), (), ()))
    together = sections(opened(subject))

    monkeypatch.setattr("linter.engine.device.grounds._TOGETHER", 1)
    alone = sections(opened(replace(subject, known={})))

    assert any(each.rows for each in together)
    assert together == alone


def _said(each: Passing) -> tuple[str, str, int, str]:
    """What is asked, and what the default lets pass."""
    words = packets_in_words(each.space, each.space.some(each.undecided))
    return each.device, each.traffic, each.space.family, words
