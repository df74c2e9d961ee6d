"""Silent changes that are known and not mended yet: patterns of what a fault says, with why."""

import re

LEFT = {
    r"/virtualip/vip/uniqid'": "the name of a virtual address, to which nothing of the file refers:"
    " the second reading does not know it",
    r"pf\.generate_opnsense \d+ at '/system/disablenatreflection'": "the second readings ask for it"
    " where no interface has its IPv6 network from another (track6)",
    r"/filter/rule/source/address': '(\d+\.\d+\.\d+\.)0/24' > '\1\d+/24'": "a network by another"
    " of its addresses: pf masks it, the second reading does not",
    r"/source_net': 'any' > ''": "an empty <source_net>: one of the second readings stops at it",
    # The next two are of answers that lack what EC2 always sends (`--query`): the reader does not
    # say that something is missing.
    r"/RouteTables/\*/(?:Associations|Routes)(?:/\*/DestinationCidrBlock)?'": "parts of a route"
    " table left out, in a VPC without machines here or with other reasons for what is possible",
    r"/(?:NetworkInterfaces/\*/OwnerId|UserIdGroupPairs/\*/UserId)': .*> '(?:null)?'$": "the"
    " account of an interface or of a group left out, where it is the only one",
    r"/(?:SecurityGroups|NetworkAcls)/\*/VpcId": "accounts without machines: nobody else says it",
    r"pfsense/branch/config\.xml at '/filter/rule/ipprotocol'": "IPv6 of a network that has IPv4"
    " only: the second reading writes a rule that matches nothing",
    r"/Alias/aliases/alias/content'": "an alias that matters for the other family only: the second"
    " reading does not read the odd word",
}


def is_left(fault: str) -> bool:
    """Whether a fault is one of those."""
    return any(re.search(pattern, fault) for pattern in LEFT)
