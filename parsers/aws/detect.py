"""How the output of the AWS CLI is recognised."""

import re

_KEYS = re.compile(
    r"^[ \t{\[]*\"?(?:SecurityGroups|SecurityGroupRules|NetworkAcls|PrefixLists|Entries"
    r"|NetworkInterfaces|Reservations|Subnets|Vpcs|RouteTables|RuleGroup|RuleGroupResponse"
    r"|FirewallPolicy|FirewallPolicyResponse|Firewall|FirewallStatus|UpdateToken"
    r"|GroupId|NetworkAclId|NetworkInterfaceId|PrefixListId|SubnetId|VpcId|RouteTableId)\"?[ \t]*:",
    re.MULTILINE,
)


def is_aws(text: str) -> bool:
    """Whether the beginning of a file looks like what the AWS CLI prints, as JSON or YAML."""
    return bool(_KEYS.search(text))
