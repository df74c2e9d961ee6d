"""What each rule decides is worked out once: for chains that places share, and in any room."""

import json
from pathlib import Path

import parsers
from flowmodel.record import replace
from flowmodel.site import Site
from linter.checks.rulebase.judged import judged, written
from linter.checks.subject import Subject
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
