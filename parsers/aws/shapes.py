"""Which keys of the AWS CLI's responses are read, and which say nothing about packets."""

from typing import Final

from flowmodel.record import dataclass
from flowmodel.ruleset import Gap
from parsers.aws.account import unknown_key
from parsers.shared.node import Node


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The keys of one kind of object (the names are those of botocore's service model of EC2)."""

    name: str
    read: frozenset[str]
    ignored: frozenset[str]
    """Keys that say nothing of which packets pass, with all that is in them."""
    parts: "tuple[tuple[str, Shape], ...]" = ()
    """Read keys that hold objects, or lists of them."""
    known: frozenset[str] = frozenset()


def _shape(name: str, read: str, ignored: str = "", **parts: Shape) -> Shape:
    own = frozenset(read.split()) | frozenset(parts)
    left = frozenset(ignored.split())
    return Shape(name, own, left, tuple(parts.items()), own | left)


_PAIR: Final = _shape(
    "UserIdGroupPair",
    "GroupId UserId VpcId VpcPeeringConnectionId PeeringStatus Description",
    "GroupName",
)
PERMISSION: Final = _shape(
    "IpPermission",
    "IpProtocol FromPort ToPort",
    UserIdGroupPairs=_PAIR,
    IpRanges=_shape("IpRange", "CidrIp Description"),
    Ipv6Ranges=_shape("Ipv6Range", "CidrIpv6 Description"),
    PrefixListIds=_shape("PrefixListId", "PrefixListId Description"),
)
GROUP: Final = _shape(
    "SecurityGroup",
    "GroupId GroupName VpcId OwnerId",
    "Tags SecurityGroupArn Description",
    IpPermissions=PERMISSION,
    IpPermissionsEgress=PERMISSION,
)
GROUP_RULE: Final = _shape(
    "SecurityGroupRule",
    "SecurityGroupRuleId GroupId GroupOwnerId IsEgress IpProtocol FromPort ToPort CidrIpv4"
    " CidrIpv6 PrefixListId Description",
    "Tags SecurityGroupRuleArn",
    ReferencedGroupInfo=_shape(
        "ReferencedSecurityGroup", "GroupId UserId VpcId VpcPeeringConnectionId PeeringStatus"
    ),
)
ACL: Final = _shape(
    "NetworkAcl",
    "NetworkAclId VpcId",
    "IsDefault Tags OwnerId",
    Associations=_shape(
        "NetworkAclAssociation", "SubnetId", "NetworkAclAssociationId NetworkAclId"
    ),
    Entries=_shape(
        "NetworkAclEntry",
        "CidrBlock Ipv6CidrBlock Egress Protocol RuleAction RuleNumber",
        IcmpTypeCode=_shape("IcmpTypeCode", "Type Code"),
        PortRange=_shape("PortRange", "From To"),
    ),
)
PREFIX_LIST: Final = _shape(
    "ManagedPrefixList",
    "PrefixListId PrefixListName AddressFamily Cidrs",
    "State StateMessage PrefixListArn MaxEntries Version Tags OwnerId"
    " IpamPrefixListResolverTargetId IpamPrefixListResolverSyncEnabled",
)
ENTRIES: Final = _shape(
    "GetManagedPrefixListEntriesResult",
    "NextToken PrefixListId",
    "ResponseMetadata",
    Entries=_shape("PrefixListEntry", "Cidr", "Description"),
)
_PUBLIC: Final = _shape(
    "NetworkInterfaceAssociation",
    "PublicIp CarrierIp CustomerOwnedIp",
    "AllocationId AssociationId IpOwnerId PublicDnsName",
)
_GROUPS: Final = _shape("GroupIdentifier", "GroupId GroupName")
_ADDRESSES: Final = {
    "PrivateIpAddresses": _shape(
        "NetworkInterfacePrivateIpAddress",
        "PrivateIpAddress",
        "Primary PrivateDnsName",
        Association=_PUBLIC,
    ),
    "Ipv6Addresses": _shape(
        "NetworkInterfaceIpv6Address", "Ipv6Address", "PublicIpv6DnsName IsPrimaryIpv6"
    ),
    "Ipv4Prefixes": _shape("Ipv4PrefixSpecification", "Ipv4Prefix"),
    "Ipv6Prefixes": _shape("Ipv6PrefixSpecification", "Ipv6Prefix"),
}
_ENI_READ: Final = "NetworkInterfaceId SubnetId VpcId OwnerId PrivateIpAddress"
_ENI_IGNORED: Final = (
    "ConnectionTrackingConfiguration MacAddress Operator PrivateDnsName SourceDestCheck Status"
)
_ATTACHED: Final = (
    "AttachTime AttachmentId DeleteOnTermination NetworkCardIndex Status EnaSrdSpecification"
    " EnaQueueCount"
)
INTERFACE: Final = _shape(
    "NetworkInterface",
    f"{_ENI_READ} Ipv6Address DenyAllIgwTraffic InterfaceType Description RequesterId"
    " AssociatedSubnets",
    f"{_ENI_IGNORED} AvailabilityZone AvailabilityZoneId OutpostArn PublicDnsName"
    " PublicIpDnsNameOptions RequesterManaged TagSet Ipv6Native",
    Association=_PUBLIC,
    Attachment=_shape(
        "NetworkInterfaceAttachment",
        "InstanceId DeviceIndex",
        f"{_ATTACHED} InstanceOwnerId",
    ),
    Groups=_GROUPS,
    **_ADDRESSES,
)
_INSTANCE_INTERFACE: Final = _shape(
    "InstanceNetworkInterface",
    _ENI_READ,
    # No interface of an instance is that of a gateway.
    f"{_ENI_IGNORED} Description InterfaceType",
    Association=_PUBLIC,
    Attachment=_shape("InstanceNetworkInterfaceAttachment", "DeviceIndex", _ATTACHED),
    Groups=_GROUPS,
    **_ADDRESSES,
)
INSTANCE: Final = _shape(
    "Instance",
    "InstanceId SecondaryInterfaces",
    # What an instance has is on its network interfaces.
    "SecurityGroups PrivateIpAddress PublicIpAddress Ipv6Address SubnetId VpcId SourceDestCheck"
    " AmiLaunchIndex Architecture BlockDeviceMappings BootMode CapacityBlockId"
    " CapacityReservationId CapacityReservationSpecification ClientToken CpuOptions"
    " CurrentInstanceBootMode EbsOptimized ElasticGpuAssociations"
    " ElasticInferenceAcceleratorAssociations EnaSupport EnclaveOptions HibernationOptions"
    " Hypervisor IamInstanceProfile ImageId InstanceLifecycle InstanceType KernelId KeyName"
    " LaunchTime Licenses MaintenanceOptions MetadataOptions Monitoring NetworkPerformanceOptions"
    " Operator OutpostArn Placement Platform PlatformDetails PrivateDnsName PrivateDnsNameOptions"
    " ProductCodes PublicDnsName RamdiskId RootDeviceName RootDeviceType SpotInstanceRequestId"
    " SriovNetSupport StateReason StateTransitionReason Tags TpmSupport UsageOperation"
    " UsageOperationUpdateTime VirtualizationType",
    NetworkInterfaces=_INSTANCE_INTERFACE,
    State=_shape("InstanceState", "Name", "Code"),
)
RESERVATION: Final = _shape(
    "Reservation", "", "ReservationId OwnerId RequesterId Groups", Instances=INSTANCE
)
_BLOCKED: Final = _shape("BlockPublicAccessStates", "InternetGatewayBlockMode")
_V6_STATE: Final = _shape("SubnetCidrBlockState", "State", "StatusMessage")
_V6_IGNORED: Final = "AssociationId Ipv6AddressAttribute IpSource"
SUBNET: Final = _shape(
    "Subnet",
    "SubnetId VpcId CidrBlock NetworkFirewallConnectivityType EnableLniAtDeviceIndex",
    "AvailabilityZone AvailabilityZoneId AvailableIpAddressCount AssignIpv6AddressOnCreation"
    " CustomerOwnedIpv4Pool DefaultForAz EnableDns64 Ipv6Native"
    " MapCustomerOwnedIpOnLaunch MapPublicIpOnLaunch OutpostArn OwnerId"
    " PrivateDnsNameOptionsOnLaunch State SubnetArn Tags Type",
    BlockPublicAccessStates=_BLOCKED,
    Ipv6CidrBlockAssociationSet=_shape(
        "SubnetIpv6CidrBlockAssociation",
        "Ipv6CidrBlock",
        _V6_IGNORED,
        Ipv6CidrBlockState=_V6_STATE,
    ),
)
VPC: Final = _shape(
    "Vpc",
    "VpcId CidrBlock",
    "DhcpOptionsId InstanceTenancy IsDefault OwnerId State Tags",
    BlockPublicAccessStates=_BLOCKED,
    CidrBlockAssociationSet=_shape(
        "VpcCidrBlockAssociation", "CidrBlock", "AssociationId", CidrBlockState=_V6_STATE
    ),
    EncryptionControl=_shape(
        "VpcEncryptionControl",
        "Mode",
        "VpcId VpcEncryptionControlId State StateMessage ResourceExclusions Tags",
    ),
    Ipv6CidrBlockAssociationSet=_shape(
        "VpcIpv6CidrBlockAssociation",
        "Ipv6CidrBlock",
        f"{_V6_IGNORED} NetworkBorderGroup Ipv6Pool",
        Ipv6CidrBlockState=_V6_STATE,
    ),
    NetworkFirewallAssociations=_shape(
        "NetworkFirewallAssociation", "FirewallMode", "FirewallArn FirewallOnboardingStatus"
    ),
)
ROUTE_TABLE: Final = _shape(
    "RouteTable",
    "RouteTableId VpcId",
    "PropagatingVgws Tags OwnerId",
    Associations=_shape(
        "RouteTableAssociation",
        "Main SubnetId GatewayId",
        "RouteTableAssociationId RouteTableId PublicIpv4Pool AssociationState",
    ),
    Routes=_shape(
        "Route",
        "DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId GatewayId State"
        " Origin InstanceId NatGatewayId NetworkInterfaceId VpcPeeringConnectionId",
        # Any target but the gateway `local` leads a packet another way; which one is no matter
        # where no list is the destination.
        "EgressOnlyInternetGatewayId InstanceOwnerId TransitGatewayId LocalGatewayId"
        " CarrierGatewayId CoreNetworkArn OdbNetworkArn IpAddress",
        IgwFirewall=_shape("IgwFirewall", "", "FirewallArn Status"),
    ),
)
RESPONSES: Final = {
    "DescribeSecurityGroups": GROUP,
    "DescribeSecurityGroupRules": GROUP_RULE,
    "DescribeNetworkAcls": ACL,
    "DescribeManagedPrefixLists": PREFIX_LIST,
    "DescribePrefixLists": PREFIX_LIST,
    "GetManagedPrefixListEntries": ENTRIES,
    "DescribeNetworkInterfaces": INTERFACE,
    "DescribeInstances": RESERVATION,
    "DescribeSubnets": SUBNET,
    "DescribeVpcs": VPC,
    "DescribeRouteTables": ROUTE_TABLE,
}
"""The shape of the elements of each operation's response, or of the response itself."""


def unknown(node: Node, shape: Shape) -> list[Gap]:
    """A remark for each key of an object, and of all in it, that its shape does not have."""
    gaps: list[Gap] = []
    _unknown(node, shape, gaps)
    return gaps


def _unknown(node: Node, shape: Shape, gaps: list[Gap]) -> None:
    if not node.keys() <= shape.known:
        gaps += [unknown_key(node, key) for key in node if key not in shape.known]
    for key, part in shape.parts:
        value = node.get(key)
        if value:
            for each in node.nodes(key) if type(value) is list else [node.node(key)]:
                if each is not None and (part.parts or not each.keys() <= part.known):
                    _unknown(each, part, gaps)
