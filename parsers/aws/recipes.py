"""How exports of AWS are made, with the AWS CLI."""

from typing import Final

from parsers.shared.format import Recipe, Step

_DESCRIBED: Final = (
    "security-groups",
    "security-group-rules",
    "network-acls",
    "network-interfaces",
    "instances",
    "subnets",
    "vpcs",
    "route-tables",
    "managed-prefix-lists",
)
_PREFIX_LISTS: Final = "aws ec2 describe-managed-prefix-lists"


def _entries(folder: str) -> tuple[str, ...]:
    """The commands for the entries of each prefix list, in a file of the list's name."""
    ids = f"{_PREFIX_LISTS} --query 'PrefixLists[].PrefixListId' --output text"
    entries = "aws ec2 get-managed-prefix-list-entries --output json --prefix-list-id"
    return _loop("id", ids, f'{entries} "$id" > "{folder}/$id.json"')


def _each(called: str, listed: str, option: str) -> tuple[str, ...]:
    """The commands that describe each resource of Network Firewall, in a file named by its ARN.

    The name alone would not do: a stateful and a stateless group of rules may share it.
    """
    arns = f"aws network-firewall list-{called} --query '{listed}' --output text"
    described = f"aws network-firewall describe-{option} --output json --{option}-arn"
    return _loop("arn", arns, f'{described} "$arn" > "nfw/$(echo "${{arn##*:}}" | tr / -).json"')


def _loop(name: str, listed: str, command: str) -> tuple[str, ...]:
    """A command for each word of another one's output; zsh splits that, but no variable."""
    return f"for {name} in $({listed}); do", f"  {command}", "done"


_VPC = Recipe(
    names=("aws", "security-groups"),
    title="AWS",
    steps=(
        Step(
            "With the AWS CLI, for one account and region; reading is enough (`ec2:Describe*`, "
            "`ec2:GetManagedPrefixListEntries`).",
            (
                "mkdir aws",
                *(
                    f"aws ec2 describe-{each} --output json > aws/{each}.json"
                    for each in _DESCRIBED
                ),
            ),
        ),
        Step(
            "The entries of prefix lists, in a file for each list, which has its name:",
            _entries("aws"),
        ),
        Step("The folder is one export.", ("fwlint check aws",)),
    ),
)
_FIREWALLS = Recipe(
    names=("aws-network-firewall", "network-firewall"),
    title="AWS Network Firewall",
    steps=(
        Step(
            "With the AWS CLI, for one account and region; reading is enough "
            "(`network-firewall:List*`, `network-firewall:Describe*`, `ec2:DescribeVpcs`).",
            (
                "mkdir nfw",
                "aws ec2 describe-vpcs --output json > nfw/vpcs.json",
                *_each("firewalls", "Firewalls[].FirewallArn", "firewall"),
                *_each("firewall-policies", "FirewallPolicies[].Arn", "firewall-policy"),
                *_each("rule-groups", "RuleGroups[].Arn", "rule-group"),
            ),
        ),
        Step(
            "If rules refer to prefix lists:",
            (
                f"{_PREFIX_LISTS} --output json > nfw/prefix-lists.json",
                *_entries("nfw"),
            ),
        ),
        Step("The folder is one export.", ("fwlint check nfw",)),
    ),
)
RECIPES: Final = (_VPC, _FIREWALLS)
