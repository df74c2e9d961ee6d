"""What says nothing about packets in `ip -j addr` and `ip -j route`."""

from tests.lost.nothing.place import Nothing

_MATTER = "ifname|flags|addr_info|dst|type|dev|table|metric|nexthops|via|from|src|tos"

IPROUTE = (
    Nothing(
        rf"^/\*/(?!(?:{_MATTER})$)[^/]+$",
        "how a link sends, and who made a route; unknown keys of routes are remarked",
    ),
    Nothing(r"^/\*(?:/addr_info/\*|/flags/\*)?$", "what is listed twice is there", "double"),
    Nothing(
        r"^/\*/addr_info/\*/(?:scope|label|nodad|valid_life_time|preferred_life_time)$",
        "whose address it is depends on none of these",
    ),
    Nothing(
        r"^/\*/addr_info/\*/broadcast$",
        "the last address of a network is for all of it anyhow",
        "delete",
    ),
    Nothing(r'fe80:[^}]*"prefixlen": ?(\d+)', "each link has this network"),
    Nothing(
        r'"local": ?"2001:db8::10",\s*"prefixlen": ?(\d+)',
        "the route has the network of this address (init/machine)",
    ),
    Nothing(
        r'"flags": ?(\[[^]]*\])[^}]*"addr_info": ?\[ ?\]',
        "an interface without addresses may be up or down",
    ),
    Nothing(r'"ifname": ?"(lo)"', "LOOPBACK tells which interface it is"),
    Nothing(
        r'(,?\s*"(?:BROADCAST|MULTICAST|MASTER|SLAVE|NOARP|LOWER_UP|onlink|linkdown)",?)',
        "of the flags, UP, LOOPBACK and dead tell whose addresses are in use",
    ),
    Nothing(r"^/\*/flags$", "of routes that are not dead; interfaces must have them"),
    Nothing(r"^/\*/metric$", "of the one route to a network"),
)
