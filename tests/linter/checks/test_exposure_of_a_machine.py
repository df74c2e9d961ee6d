"""What a machine's own firewall lets in and out beyond the policies."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HOST,
    HTTPS_IN,
    KEEP_IN,
    KEEP_OUT,
    Asking,
    lines,
    rules,
    site,
)
from tests.linter.checks.test_exposure import Case

found = Asking(*EXPOSURE)

_OUT = "-A OUTPUT -d 10.1.0.5/32 -p tcp -m tcp --dport 25 -j ACCEPT"
_CASES = [
    Case("a closed host", (KEEP_IN, HTTPS_IN), []),
    Case(
        "an open host",
        (KEEP_IN,),
        [
            (
                "web.rules:2: FW201 critical: the default policy accepts everything "
                "that no rule drops on web [tcp 198.51.100.7:40000 > 192.0.2.10:443]"
            )
        ],
        input="ACCEPT",
    ),
    Case(
        "what comes in over loopback",
        (KEEP_IN, "-A INPUT -i lo -j ACCEPT", HTTPS_IN),
        [],
    ),
    Case(
        "an interface that the site does not tell",
        (KEEP_IN, "-A INPUT -i eth1 -p tcp -m tcp --dport 9100 -j ACCEPT", HTTPS_IN),
        [
            (
                "web.rules:6: FW205 warning (possible): 9100/tcp on web is open to the "
                "internet and 2 networks; no policy asks for it [tcp "
                "198.51.100.7:40000 > 192.0.2.10:9100]"
            )
        ],
    ),
    Case("nothing filtered outward", (KEEP_IN, HTTPS_IN), []),
    Case(
        "one connection outward",
        (KEEP_IN, KEEP_OUT, HTTPS_IN, _OUT),
        [
            (
                "web.rules:8: FW208 info: web may connect to office (25/tcp); no "
                "policy asks for it [tcp 192.0.2.10:40000 > 10.1.0.5:25]"
            )
        ],
        output="DROP",
    ),
    Case(
        "all connections outward but those to some addresses",
        (KEEP_IN, HTTPS_IN, _OUT.replace("ACCEPT", "DROP")),
        [],
    ),
    Case(
        "all connections outward but those of port 0",
        (KEEP_IN, HTTPS_IN, "-A OUTPUT -p tcp -m tcp --dport 0 -j DROP"),
        [],
    ),
    Case(
        "all connections outward but those of one service",
        (KEEP_IN, HTTPS_IN, "-A OUTPUT -p tcp -m tcp --dport 25 -j DROP"),
        [
            (
                "web.rules:4: FW208 warning: web may connect to the internet and 2 "
                "networks (many services); no policy asks for it [tcp 192.0.2.10:40000 "
                "> 203.0.113.10:443]"
            )
        ],
    ),
    Case(
        "a connection outward that the site allows",
        (KEEP_IN, KEEP_OUT, HTTPS_IN, _OUT),
        [],
        site=site(HOST, more="allow: [{id: m, from: shop.web, to: office, service: 25/tcp}]\n"),
        output="DROP",
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=[case.name for case in _CASES])
def test_a_machines_own_firewall_is_judged_likewise(case: Case, tmp_path: Path) -> None:
    text = rules(*case.filter_rules, input=case.input, output=case.output)
    device = case.site if "allow" in case.site else site(HOST)

    actual = found(tmp_path, case.policy, device, {"web.rules": text})

    assert lines(actual) == case.expected
