"""What of Network Firewall is read: the tables in docs/formats.md.

What becomes of a rule in Suricata's language is found by reading it, so that the table cannot say
anything else than what happens. `python -m parsers.aws.network_firewall.coverage` prints them.
"""

import json
from typing import Any, Final

from flowmodel.source import InputError, Source
from parsers.aws import coverage
from parsers.aws.network_firewall.shapes import RESPONSES
from parsers.aws.read import parse
from parsers.shared.context import Context

RULES: Final = (
    "pass tcp $HOME_NET any -> any 443 (sid:1;)",
    "drop udp [10.0.0.0/8,!10.1.0.0/16] 1024: <> !192.0.2.1 [53,5353] (sid:1;)",
    "reject icmp any any -> 2001:db8::/32 any (sid:1;)",
    "alert ip 10.0.0.1-10.0.0.9 any -> any any (sid:1;)",
    "pass tcp any any -> $SERVERS $WEB (sid:1;)",
    "pass tcp any any -> @LIST any (sid:1;)",
    "pass tls any any -> any any (sid:1;)",
    "pass tcp-stream any any -> any any (sid:1;)",
    'pass tcp any any -> any any (msg:"a"; rev:1; classtype:b; reference:url,c; sid:1;)',
    "pass tcp any any -> any any (metadata:a b; gid:1; target:src_ip; noalert; sid:1;)",
    "pass tcp any any -> any any (priority:1; sid:1;)",
    "pass tcp any any -> any any (flow:to_server,established; sid:1;)",
    "pass tcp any any -> any any (flow:from_server,not_established; sid:1;)",
    "pass tcp any any -> any any (flow:stateless; sid:1;)",
    "pass tcp any any -> any any (flow:only_stream; sid:1;)",
    "pass tcp any any -> any any (flowbits:set,a; xbits:unset,b,track ip_src; sid:1;)",
    "pass tcp any any -> any any (flowbits:isset,a; sid:1;)",
    "pass tcp any any -> any any (threshold:type limit, count 1; sid:1;)",
    'pass tcp any any -> any any (content:"a"; nocase; sid:1;)',
    'pass tls any any -> any any (tls.sni; content:"a"; sid:1;)',
    "pass tcp any any -> any any (flags:S; ttl:1; sid:1;)",
    "alert tcp any any -> any any (bypass; sid:1;)",
    " pass tcp any any -> any any (sid:1;)",
    "accept:hook tcp:all any any -> any any (sid:1;)",
)
_POLICY: Final[dict[str, Any]] = {
    "FirewallPolicyResponse": {"FirewallPolicyArn": "policy/main"},
    "FirewallPolicy": {
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatefulRuleGroupReferences": [{"ResourceArn": "group/rules"}],
        "PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}},
    },
}
_VARIABLES: Final = {
    "IPSets": {"SERVERS": {"Definition": ["10.0.3.0/24"]}},
    "PortSets": {"WEB": {"Definition": ["80", "8000:8100"]}},
}


def state(rule: str) -> str:
    """`read`, `unread` (it stands as an unknown, with its text), or `refused`."""
    group = {
        "RuleGroupResponse": {"RuleGroupArn": "group/rules"},
        "RuleGroup": {"RulesSource": {"RulesString": rule}, "RuleVariables": _VARIABLES},
    }
    text = json.dumps(group) + json.dumps(_POLICY)
    try:
        (found,) = parse([Source("example", [text])], Context())
    except InputError as error:
        return f"refused: {error.message}"
    remarks = [gap.message for gap in found.gaps]
    return f"unread: {remarks[0]}" if remarks else "read"


def section() -> str:
    """The part of docs/formats.md about Network Firewall."""
    lines = ["| rule | state |", "|---|---|"]
    lines += [f"| `{rule}` | {state(rule)} |" for rule in RULES]
    return "\n".join([coverage.section(RESPONSES), *lines, ""])


if __name__ == "__main__":
    print(section(), end="")
