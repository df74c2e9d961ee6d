"""Alternatives of which one is between machines of one address family, and the other of both."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import KEEP, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED)

_FLOWS = policy(
    "id: a, to: db, service: 443/tcp, alternative: way/a",
    "id: b, to: web, service: 8443/tcp, alternative: way/b",
)
_EDGE = "edge: {config: [edge.v4, edge.v6], interfaces: {lan0: office, dmz0: dmz}}"
_NETWORKS = "{office: [10.1.0.0/16, '2001:db8:1::/64'], dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
_BIND = "{web: [192.0.2.10, '2001:db8:2::10'], db: 192.0.2.20, users: office}"
_A = "-A FORWARD -d 192.0.2.20 -p tcp --dport 443 {}-j ACCEPT"
_B = "-A FORWARD -p tcp --dport 8443 -j ACCEPT"
_MAYBE = _A.format("-m limit --limit 5/sec ")


@pytest.mark.parametrize(
    ("four", "six", "expected"),
    [
        ((_A.format(""),), (), set()),
        ((_MAYBE,), (), {"FW109 a possible"}),
        ((_MAYBE, _B), (), {"FW105 b certain"}),
        ((_MAYBE, _B), (_B,), set()),
        ((), (), {"FW101 a certain", "FW101 b certain"}),
    ],
    ids=[
        "the one works",
        "the one may work",
        "the one may work, and half of the other",
        "no-op: the other works",
        "no-op: none works",
    ],
)
def test_one_that_may_work_needs_nothing_of_the_other_family(
    four: tuple[str, ...], six: tuple[str, ...], expected: set[str], tmp_path: Path
) -> None:
    exports = {"edge.v4": rules(KEEP, *four), "edge.v6": rules(KEEP, *six)}

    actual = found(tmp_path, _FLOWS, site(_EDGE, bind=_BIND, networks=_NETWORKS), exports)

    told = [each for each in actual if each.check != "FW113"]
    assert {f"{x.check} {x.flow.removeprefix('shop.')} {x.certainty}" for x in told} == expected
