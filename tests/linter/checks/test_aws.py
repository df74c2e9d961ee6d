"""AWS: groups that know connections, network ACLs that do not, and what nobody filters."""

from pathlib import Path
from typing import Any

import pytest

from flowmodel.finding import Finding
from fwlint.loading import read
from linter.engine.site.attachment import attached
from tests.linter.checks.aws import HTTPS, WEB, account, entry
from tests.linter.checks.samples import EXPOSURE, REQUIRED, Asking, lines, load, policy, site

found = Asking(*REQUIRED, *EXPOSURE)

_IN = entry(100, (443, 443), is_egress=False)


def _found(
    folder: Path, entries: list[dict[str, Any]], *ingress: dict[str, Any], text: str = ""
) -> list[Finding]:
    exports = {"web.json": account(list(ingress) or [HTTPS], entries)}
    return found(folder, text or policy(), site(WEB), exports)


def _back(*ports: int) -> dict[str, Any]:
    return entry(100, (ports[0], ports[-1]), is_egress=True)


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        pytest.param((1024, 65535), [], id="all that clients may use"),
        pytest.param(
            (32768, 65535),
            ["warning: replies to shop.https (443/tcp) from users to web are blocked"],
            id="the common ones",
        ),
        pytest.param(
            (49152, 65535),
            ["error: replies to shop.https (443/tcp) from users to web are blocked"],
            id="those of Windows",
        ),
        pytest.param(
            (443,),
            ["error: replies to shop.https (443/tcp) from users to web are blocked"],
            id="the service's own",
        ),
    ],
)
def test_a_network_acl_has_to_let_answers_out_to_the_ports_of_clients(
    tmp_path: Path, back: tuple[int, ...], expected: list[str]
) -> None:
    actual = lines(_found(tmp_path, [_IN, _back(*back)]))

    assert [text.split("FW104 ")[1].split(" on web")[0] for text in actual] == expected


def test_the_finding_names_the_entry_that_denies(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, [_IN, _back(443)])

    assert finding.title == "acl-1 outbound rule * deny all traffic to 0.0.0.0/0"
    assert finding.witness == "reply to tcp 10.1.0.7:40000 > 192.0.2.10:443"
    assert finding.remedy.endswith(
        "(acl-1 outbound rule * deny all traffic to 0.0.0.0/0): "
        "no rule there matches on connection state"
    )


def test_a_group_lets_answers_out_without_a_rule_and_its_own_services_are_no_openings(
    tmp_path: Path,
) -> None:
    assert _found(tmp_path, [_IN, _back(1024, 65535)]) == []


def test_a_group_that_is_too_open_is_named_by_its_rule(tmp_path: Path) -> None:
    ssh = {**HTTPS, "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    text = policy("id: https, service: 443/tcp", "id: ssh, service: 22/tcp, admin: yes")
    entries = [_IN, entry(110, (22, 22), is_egress=False), _back(1024, 65535)]

    findings = _found(tmp_path, entries, HTTPS, ssh, text=text)

    assert [(each.check, each.level) for each in findings] == [
        ("FW202", "warning"),
        ("FW203", "critical"),
    ]
    assert {each.title.split("(")[0] for each in findings} == {"sg-1 "}
    assert all("tcp 22 from 0.0.0.0/0" in each.title for each in findings)


def test_a_service_that_the_group_lacks_is_blocked_by_it(tmp_path: Path) -> None:
    text = policy("id: https, service: 443/tcp", "id: dns, service: 53/udp")
    (finding,) = _found(tmp_path, [_IN, _back(1024, 65535)], text=text)

    assert (finding.check, finding.flow) == ("FW101", "shop.dns")


def test_machines_of_a_role_that_are_not_in_the_account_are_named(tmp_path: Path) -> None:
    exports = {"aws.json": account([HTTPS], [_IN, _back(1024, 65535)])}
    bind = "{web: [192.0.2.10, 192.0.2.99], db: 192.0.2.20, users: office}"
    text = policy("id: https, service: 443/tcp, to: [web, db]")
    loaded = load(tmp_path, text, site("all: {config: aws.json, ipv6: no}", bind=bind), exports)
    there = attached(loaded, read(loaded).rulesets)

    (finding,) = found.of(there.site, there.rulesets)

    assert finding.message == "some machines of shop.web have no firewall in any export"
    assert (finding.check, finding.level, finding.extent) == ("FW113", "info", "192.0.2.99")
