"""Alternatives of which one does not get to every machine, though no rule blocks it."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import KEEP, REQUIRED, Asking, policy, rules, site

ASK = Asking(*REQUIRED)
BIND = (
    "{web: {address: [192.0.2.10, 192.0.2.11], public: [203.0.113.10, 203.0.113.11]}, "
    "users: internet}"
)
FLOWS = (
    "id: one, service: 443/tcp, alternative: way/one",
    "id: two, service: 8443/tcp, alternative: way/two",
)


def _forward(public: int, port: int, inside: int) -> str:
    return (
        f"-A PREROUTING -d 203.0.113.{public}/32 -p tcp -m tcp --dport {port} "
        f"-j DNAT --to-destination 192.0.2.{inside}"
    )


@pytest.mark.parametrize(
    ("insides", "expected"),
    [((10, 11), []), ((10, 10), ["shop.one"])],
    ids=["the other one gets to both", "neither does"],
)
def test_an_alternative_that_leads_to_one_machine_twice_does_not_work(
    insides: tuple[int, int], expected: list[str], tmp_path: Path
) -> None:
    nat = [_forward(10, 443, 10), _forward(11, 443, 10)]
    nat += [
        _forward(public, 8443, inside) for public, inside in zip((10, 11), insides, strict=True)
    ]
    accept = "-A FORWARD -d 192.0.2.0/24 -p tcp -m multiport --dports 443,8443 -j ACCEPT"

    found = ASK(
        tmp_path,
        policy(*FLOWS),
        site(bind=BIND),
        {"edge.rules": rules(KEEP, accept, nat="\n".join(nat))},
    )

    assert [one.flow for one in found] == expected
