"""How the output of the AWS CLI is recognised."""

import re
from typing import Final

_KEYS: Final = (
    "(?:SecurityGroups|SecurityGroupRules|NetworkAcls|PrefixLists|Entries|NetworkInterfaces"
    "|Reservations|Subnets|Vpcs|RouteTables|RuleGroup|RuleGroupResponse|FirewallPolicy"
    "|FirewallPolicyResponse|FirewallPolicyV2|FirewallPolicyV2Response|FirewallRuleGroup"
    "|IpsRuleGroup|Firewall|FirewallStatus|UpdateToken|GroupId|SecurityGroupRuleId"
    "|NetworkAclId|NetworkInterfaceId|PrefixListId|ReservationId|InstanceId|SubnetId|VpcId"
    "|RouteTableId|RulesSource|StatelessDefaultActions)"
)
# jq -c and an element that stands alone begin with any key: JSON is searched as a whole.
_JSON: Final = re.compile(rf'"{_KEYS}"\s*:')
_YAML: Final = re.compile(rf"^(?:- |  )*{_KEYS}:(?:\s|$)", re.MULTILINE)


def is_aws(text: str) -> bool:
    """Whether the beginning of a file looks like what the AWS CLI prints, as JSON or YAML."""
    if text.lstrip()[:1] in ("{", "["):
        return bool(_JSON.search(text))
    return bool(_YAML.search(text))
