"""FW322: rules that nobody has explained."""

import json
from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account, entry
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP_IN, chains, rules

_HTTPS = "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_COMMENT = _HTTPS.replace("-j", '-m comment --comment "Shop" -j')
_NFT = """\
table inet {} {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {}
  }}
}}
"""
_JSON_RULE = {
    "family": "inet", "table": "t", "chain": "c",
    "expr": [{"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 7}},
             {"accept": None}],
}  # fmt: skip


def _json(**more: str) -> str:
    chain = {"family": "inet", "table": "t", "name": "c", "type": "filter", "hook": "input",
             "prio": 0, "policy": "drop"}  # fmt: skip
    objects = [{"table": {"family": "inet", "name": "t"}}, {"chain": chain}]
    return json.dumps({"nftables": [*objects, {"rule": {**_JSON_RULE, **more}}]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(_HTTPS), 1),
        (rules(_COMMENT), 0),
        (rules("# Shop", _HTTPS), 0),
        (rules("# Shop", _HTTPS, _HTTPS.replace("443", "80")), 1),
        (rules(KEEP_IN, "-A INPUT -i lo -j ACCEPT", "-A INPUT -j DROP"), 0),
        (rules(*chains("a"), "-A INPUT -p tcp -j a"), 0),
        (rules(*chains("DOCKER"), _HTTPS.replace("INPUT", "DOCKER")), 0),
        (_NFT.format("filter", "tcp dport 443 accept"), 1),
        (_NFT.format("filter", 'tcp dport 443 accept comment "Shop"'), 0),
        (_NFT.format("filter", "tcp dport 443 accept # Shop"), 0),
        (_NFT.format("firewalld", "tcp dport 443 accept"), 0),
        (_json(), 1),
        (_json(comment="Shop"), 0),
        (config(PF_HTTPS), 0),
        (config(PF_HTTPS.replace("<descr>Shop</descr>", "")), 1),
        (account([AWS_HTTPS], [entry(100, (443, 443), is_egress=False)]), 0),
        (account([{**AWS_HTTPS, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}], []), 1),
    ],
)
def test_rules_without_a_comment(text: str, expected: int, tmp_path: Path) -> None:
    assert len(findings(tmp_path, "FW322", web=text)) == expected
