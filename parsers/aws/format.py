"""The format of the AWS CLI: security groups, network ACLs and Network Firewall of an account."""

import re
from collections.abc import Sequence

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.aws.recipes import RECIPES
from parsers.aws.strays import STRAYS
from parsers.shared.context import Context
from parsers.shared.format import Dialect, Format

_KEYS = (
    "(?:SecurityGroups|SecurityGroupRules|NetworkAcls|PrefixLists|Entries|NetworkInterfaces"
    "|Reservations|Subnets|Vpcs|RouteTables|RuleGroup|RuleGroupResponse|FirewallPolicy"
    "|FirewallPolicyResponse|FirewallPolicyV2|FirewallPolicyV2Response|FirewallRuleGroup"
    "|IpsRuleGroup|Firewall|FirewallStatus|UpdateToken|GroupId|SecurityGroupRuleId"
    "|NetworkAclId|NetworkInterfaceId|PrefixListId|ReservationId|InstanceId|SubnetId|VpcId"
    "|RouteTableId|RulesSource|StatelessDefaultActions)"
)


def _detect(text: str) -> bool:
    # jq -c and an element that stands alone begin with any key: JSON is searched as a whole.
    if text.lstrip()[:1] in ("{", "["):
        first = re.match(r'\s*\{\s*"(\w+)"\s*:', text)
        is_stray = first is not None and first[1] in STRAYS
        return is_stray or bool(re.search(rf'"{_KEYS}"\s*:', text))
    first = re.match(r"(?:---\s*\n)?([A-Z]\w+):(?:\s|$)", text)
    return (first is not None and first[1] in STRAYS) or bool(
        re.search(rf"^(?:- |  )*{_KEYS}:(?:\s|$)", text, re.MULTILINE)
    )


def _parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    from parsers.aws.read import parse

    return parse(sources, context)


FORMAT = Format(
    name="aws",
    title="AWS",
    dialects=(Dialect("aws", "AWS"), Dialect("aws-network-firewall", "AWS Network Firewall")),
    endings=("json", "yaml", "yml"),
    recipes=RECIPES,
    detect=_detect,
    parse=_parse,
    parts="network interfaces, groups and ACLs",
    begins=rf"---|(?:- |  )*(?:{_KEYS}|NextToken|ResponseMetadata):(?:\s|$)",
)
