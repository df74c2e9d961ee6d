"""Which keys of Network Firewall's responses are read, and which say nothing about packets.

The names are those of botocore's service model of Network Firewall.
"""

from typing import Final

from flowmodel.ruleset import Gap
from parsers.aws.account import unknown_key
from parsers.aws.shapes import Shape
from parsers.shared.node import Node


def _shape(name: str, read: str, ignored: str = "", **parts: Shape) -> Shape:
    own = frozenset(read.split()) | frozenset(parts)
    left = frozenset(ignored.split())
    return Shape(name, own, left, tuple(parts.items()), own | left)


MAPS: Final = frozenset(("IPSets", "PortSets", "ContextSets", "IPSetReferences", "RuleVariables"))
"""Keys that hold objects by names of the user's own, if a shape says `map` of them."""

_IP_SET: Final = _shape("IPSet", "Definition")
_PORT_SET: Final = _shape("PortSet", "Definition")
_CONTEXT_SET: Final = _shape("ContextSet", "Definition")
_REFERENCE: Final = _shape("IPSetReference", "ReferenceArn")
_CUSTOM_ACTION: Final = _shape("CustomAction", "ActionName", "ActionDefinition")
_ADDRESS: Final = _shape("Address", "AddressDefinition")
_PORT_RANGE: Final = _shape("PortRange", "FromPort ToPort")
_FLAGS: Final = _shape("TCPFlagField", "Flags Masks")
_MATCH: Final = _shape(
    "MatchAttributes",
    "Protocols",
    Sources=_ADDRESS,
    Destinations=_ADDRESS,
    SourcePorts=_PORT_RANGE,
    DestinationPorts=_PORT_RANGE,
    TCPFlags=_FLAGS,
)
_STATELESS: Final = _shape(
    "StatelessRule",
    "Priority",
    RuleDefinition=_shape("RuleDefinition", "Actions", MatchAttributes=_MATCH),
)
_STATEFUL: Final = _shape(
    "StatefulRule",
    "Action",
    Header=_shape(
        "Header", "Protocol Source SourcePort Direction Destination DestinationPort"
    ),
    RuleOptions=_shape("RuleOption", "Keyword Settings"),
)  # fmt: skip
_SOURCE: Final = _shape(
    "RulesSource",
    "RulesString",
    RulesSourceList=_shape("RulesSourceList", "Targets TargetTypes GeneratedRulesType"),
    StatefulRules=_STATEFUL,
    StatelessRulesAndCustomActions=_shape(
        "StatelessRulesAndCustomActions",
        "",
        StatelessRules=_STATELESS,
        CustomActions=_CUSTOM_ACTION,
    ),
)
RULE_GROUP: Final = _shape(
    "RuleGroup",
    "",
    RulesSource=_SOURCE,
    RuleVariables=_shape(
        "RuleVariables", "", IPSets=_IP_SET, PortSets=_PORT_SET, ContextSets=_CONTEXT_SET
    ),
    ReferenceSets=_shape("ReferenceSets", "", IPSetReferences=_REFERENCE),
    StatefulRuleOptions=_shape("StatefulRuleOptions", "RuleOrder"),
)
_ABOUT_GROUP: Final = _shape(
    "RuleGroupResponse",
    "RuleGroupArn Type",
    # A group's name is the end of its ARN.
    "RuleGroupName RuleGroupId Description Capacity RuleGroupStatus Tags ConsumedCapacity"
    " NumberOfAssociations EncryptionConfiguration SourceMetadata SnsTopic LastModifiedTime"
    " AnalysisResults SummaryConfiguration",
)
_BESIDE: Final = "UpdateToken ResponseMetadata"
GROUP_RESPONSE: Final = _shape(
    "DescribeRuleGroupResponse",
    # Those of Next Generation policies are refused.
    "FirewallRuleGroup IpsRuleGroup",
    _BESIDE,
    RuleGroup=RULE_GROUP,
    RuleGroupResponse=_ABOUT_GROUP,
)
_VALIDATION: Final = _shape(
    "Route53ResolvedIPValidation",
    "Action DNSExpiryExceptionPolicy",
    # What the validation makes of a packet is unread anyway.
    "DNSFirewallRuleGroupId BypassDestinationValidationIPRanges SourceIPRanges",
)
POLICY: Final = _shape(
    "FirewallPolicy",
    "StatelessDefaultActions StatelessFragmentDefaultActions StatefulDefaultActions"
    " TLSInspectionConfigurationArn",
    # TLS inspection is unread anyway.
    "EnableTLSSessionHolding",
    StatelessRuleGroupReferences=_shape("StatelessRuleGroupReference", "ResourceArn Priority"),
    StatelessCustomActions=_CUSTOM_ACTION,
    StatefulRuleGroupReferences=_shape(
        "StatefulRuleGroupReference",
        "ResourceArn Priority",
        # What AWS learns from logs changes managed groups, which are unread anyway.
        "DeepThreatInspection",
        Override=_shape("StatefulRuleGroupOverride", "Action"),
    ),
    StatefulEngineOptions=_shape(
        "StatefulEngineOptions",
        "RuleOrder StreamExceptionPolicy",
        # When a connection that nobody uses is forgotten.
        "FlowTimeouts",
    ),
    PolicyVariables=_shape("PolicyVariables", "", RuleVariables=_IP_SET),
    Route53ResolvedIPValidation=_VALIDATION,
)
_ABOUT_POLICY: Final = _shape(
    "FirewallPolicyResponse",
    "FirewallPolicyArn",
    "FirewallPolicyName FirewallPolicyId Description FirewallPolicyStatus StatusMessage Tags"
    " ConsumedStatelessRuleCapacity ConsumedStatefulRuleCapacity ConsumedStatefulDomainCapacity"
    " NumberOfAssociations EncryptionConfiguration Errors LastModifiedTime",
)
POLICY_RESPONSE: Final = _shape(
    "DescribeFirewallPolicyResponse",
    "",
    _BESIDE,
    FirewallPolicy=POLICY,
    FirewallPolicyResponse=_ABOUT_POLICY,
)
FIREWALL: Final = _shape(
    "Firewall",
    "FirewallName FirewallPolicyArn VpcId"
    # These are of firewalls in proxy mode, which are refused.
    " NatGatewayCreateMappings ProxySettings VpcEndpoint TransparentFilteringNatScope",
    "FirewallArn SubnetMappings DeleteProtection SubnetChangeProtection"
    " FirewallPolicyChangeProtection Description FirewallId Tags EncryptionConfiguration"
    " NumberOfAssociations EnabledAnalysisTypes TransitGatewayId TransitGatewayOwnerAccountId"
    " AvailabilityZoneMappings AvailabilityZoneChangeProtection ContextStoreId"
    " ContextStoreOwnerAccountId",
)
_STATUS: Final = _shape(
    "FirewallStatus",
    "ConfigurationSyncStateSummary Status",
    "SyncStates CapacityUsageSummary TransitGatewayAttachmentSyncState ContextStoreSyncState",
)
FIREWALL_RESPONSE: Final = _shape(
    "DescribeFirewallResponse", "", _BESIDE, Firewall=FIREWALL, FirewallStatus=_STATUS
)
RESPONSES: Final = {
    "DescribeRuleGroup": GROUP_RESPONSE,
    "DescribeFirewallPolicy": POLICY_RESPONSE,
    "DescribeFirewall": FIREWALL_RESPONSE,
}


def unknown(node: Node, shape: Shape) -> list[Gap]:
    """A remark for each key of an object, and of all in it, that its shape does not have."""
    gaps = [unknown_key(node, key) for key in node if key not in shape.known]
    for key, part in shape.parts:
        value = node.get(key)
        if not value:
            continue
        inside = node.nodes(key) if type(value) is list else [node.node(key)]
        for each in inside:
            if each is None:
                continue
            if is_map(shape, key):
                gaps += [gap for name in each for gap in _inside(each, name, part)]
            else:
                gaps += unknown(each, part)
    return gaps


def is_map(shape: Shape, key: str) -> bool:
    """Whether the members of what a key holds have names of the user's own."""
    return key in MAPS and (key, shape.name) != ("RuleVariables", "RuleGroup")


def _inside(node: Node, name: str, part: Shape) -> list[Gap]:
    inside = node.node(name)
    return unknown(inside, part) if inside is not None else []
