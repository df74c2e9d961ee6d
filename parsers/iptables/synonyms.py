"""The long and older names of options and extensions, and their own names."""

from typing import Final

SYNONYMS: Final = {
    "--source": "-s",
    "--src": "-s",
    "--destination": "-d",
    "--dst": "-d",
    "--protocol": "-p",
    "--proto": "-p",
    "--in-interface": "-i",
    "--out-interface": "-o",
    "--fragment": "-f",
    "--fragments": "-f",
    "--set-counters": "-c",
    "--ipv4": "-4",
    "--ipv6": "-6",
    "--match": "-m",
    "--jump": "-j",
    "--goto": "-g",
    "--source-port": "--sport",
    "--destination-port": "--dport",
    "--source-ports": "--sports",
    "--destination-ports": "--dports",
    "--set": "--match-set",
}

MODULE_SYNONYMS: Final = {"icmpv6": "icmp6", "ipv6-icmp": "icmp6"}


def own_name(option: str) -> str:
    """The option's own name, where the rule may use a synonym."""
    return SYNONYMS.get(option, option)


def own_module(name: str) -> str:
    """The extension's own name, where the rule may use a synonym."""
    return MODULE_SYNONYMS.get(name, name)
