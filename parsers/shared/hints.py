"""What files are that are no exports, by their beginning: an error can then say what to do."""

# ruff: noqa: E501 - a pattern is read more easily in one piece

import re
from typing import Final, NamedTuple

from parsers.shared.remedies import AWS, FIREWALLD, IPSET, IPTABLES, NFT, OTHER, PF, SHELL


class Hint(NamedTuple):
    """What a file is, and how to get an export instead."""

    pattern: re.Pattern[str]
    what: str
    remedy: str
    over: frozenset[str] = frozenset()
    """The formats that such a file is taken for, though it is none of them."""


ANY: Final = frozenset({"iptables-save", "nftables", "config.xml", "aws", "ipset save"})
_LINES: Final = frozenset({"iptables-save", "nftables", "ipset save"})


def _hint(pattern: str, what: str, remedy: str, over: frozenset[str] = frozenset()) -> Hint:
    return Hint(re.compile(pattern, re.MULTILINE | re.IGNORECASE), what, remedy, over)


_NOTHING: Final = "the command that was to write it failed: give it again"
_HINTS: Final = (
    # What a command printed that failed. The AWS CLI's are in awscli/errorhandler.py.
    _hint(r"\A\s*(?:aws: \[?error|An error occurred \()", "an error of the AWS CLI", _NOTHING, ANY),
    _hint(
        r"\A\s*(?:Unable to locate credentials|Partial credentials found|The config profile \(|"
        r"Could not connect to the endpoint|You must specify a region|Error when retrieving |"
        r"The SSO session associated|Token has expired|usage: aws )",
        "an error of the AWS CLI", _NOTHING, ANY,
    ),
    _hint(r'\A\s*\{\s*"Error"\s*:\s*\{', "an error that AWS answered with", _NOTHING, ANY),
    _hint(
        r"\A(?:.{0,80}: (?:command not found|Permission denied)|.{0,300}you must be root|"
        r"(?:sudo|ssh|bash|sh|-bash): |Error: .{0,200}|Operation not permitted)",
        "an error message", _NOTHING, _LINES,
    ),
    # Other forms of what fwlint reads.
    _hint(r"\A\s*-+ BEGIN config\.xml -+", "an encrypted backup of pfSense or OPNsense",
          "download it again without encryption", ANY),
    _hint(r"\A\s*(?:#.*\n|\s)*-(?:P|N) \S+", "the output of `iptables -S`", IPTABLES, _LINES),
    _hint(r"^Chain \S+ \((?:policy |\d+ references)", "the output of `iptables -L`", IPTABLES, _LINES),
    _hint(r"\A\s*<iptables-rules\b", "the output of `iptables-xml`", IPTABLES, ANY),
    _hint(r"\A\s*Status: (?:active|inactive)\b", "the output of `ufw status`", IPTABLES, _LINES),
    _hint(r"\A\s*(?:#.*\n|\s)*(?:chain|set|map) [\w-]+ \{\s*$", "a part of a rule set of nftables",
          NFT, _LINES),
    _hint(r"\A\s*Name: \S+\s+Type: (?:hash|bitmap|list):", "the output of `ipset list`", IPSET, ANY),
    _hint(r"\A(?:\s*<\?xml[^>]*>)?\s*(?:<!--[^>]*-->\s*)?<(?:zone|policy|direct|service)\b",
          "a configuration of firewalld", FIREWALLD, ANY),
    _hint(r"\A[\w-]+(?: \([\w, ]+\))?\n  target: ", "the output of `firewall-cmd`", FIREWALLD,
          _LINES),
    _hint(r"\A\s*(?:#.*\n|\s)*(?:set skip on|scrub |(?:pass|block) (?:in|out|quick|all|drop|return|"
          r"log)\b)", "rules of pf", PF, _LINES),
    _hint(r"\A-{20,}\n\|\s*(?:Describe|Get)\w+", "the output of `aws … --output table`", AWS, ANY),
    _hint(r"\A(?:SECURITYGROUP|NETWORKACL|NETWORKINTERFACE|RESERVATION|INSTANCES|SUBNETS|VPCS|"
          r"ROUTETABLES|PREFIXLISTS|ENTRIES|IPPERMISSIONS|ASSOCIATION|GROUPS|FIREWALL|RULEGROUP)"
          r"\w*\t", "the output of `aws … --output text`", AWS, ANY),
    # What makes rules.
    _hint(r'"terraform_version"\s*:|\A\s*\{\s*"(?:version"\s*:\s*\d+\s*,\s*"terraform_|lineage")',
          "a state or plan of Terraform", AWS, ANY),
    _hint(r'^\s*(?:(?:resource|data|module|provider|variable|output) "[^"\n]*"(?: "[^"\n]*")?'
          r'|terraform|locals) \{|\A\s*\{\s*"(?:resource|provider|module)"\s*:\s*[\[{]',
          "a configuration of Terraform", AWS, ANY),
    _hint(r"AWSTemplateFormatVersion|\bType[\"']?\s*:\s*[\"']?AWS::\w", "a template of CloudFormation",
          AWS, ANY),
    _hint(r"\A#!.*\b(?:sh|bash|dash|ash|zsh|python3?|perl)\b", "a script", SHELL, _LINES),
    _hint(r"\A(?:\s|#.*\n)*(?:sudo )?(?:/\S*/)?ip6?tables(?:-\w+)? -", "a script of iptables", SHELL,
          _LINES),
    _hint(r"^(?:[^\"#'\n]|\"[^\"\n]*\")*(?:\{%-?\s*\w|\{\{-?\s*[\w.]+[^{}\n]*\}\})",
          "a template", SHELL, _LINES),
    _hint(r"\A(?:---\s*\n)?(?:\s|#.*\n)*- (?:hosts|name): ", "a playbook of Ansible", SHELL, _LINES),
    # Other firewalls and other files.
    _hint(r"\A\s*(?:#config-version=|config (?:system|firewall|global)\b)",
          "a configuration of FortiGate", OTHER, _LINES),
    _hint(r"\A(?:\s|!.*\n|: .*\n)*(?:Building configuration|Current configuration|ASA Version|"
          r"hostname \S+$|version \d+\.\d|ip access-list |access-list \S+ )",
          "a configuration of Cisco", OTHER, _LINES),
    _hint(r"\A\s*(?:## Last (?:changed|commit)|version [\w.-]+;\s|set (?:version|system|security|"
          r"firewall|interfaces) |(?:system|security|firewall) \{)",
          "a configuration of Junos or VyOS", OTHER, _LINES),
    _hint(r"\A\s*(?:# .* by RouterOS|/(?:ip|ipv6|interface) )", "an export of RouterOS", OTHER, _LINES),
    _hint(r"\A(?:\s*<\?xml[^>]*>)?\s*<config\b[^>]*\burldb", "a configuration of PAN-OS", OTHER, ANY),
    _hint(r"\A\s*\d+: [\w.@-]+: <[\w,-]*> mtu ", "the output of `ip addr`", IPTABLES, _LINES),
    _hint(r"\A\s*default via ", "the output of `ip route`", IPTABLES, _LINES),
    _hint(r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!DOCTYPE html|html|head|body)\b",
          "a web page, perhaps that of a login", "sign in, and download the export again", ANY),
    _hint(r"\A\s*-----BEGIN [A-Z ]+-----", "a key or a certificate",
          "name the export instead, and keep this file to yourself", ANY),
    _hint(r"\A\s*(?:#.*\n|\s)*fwlint: (?:site|policy)/", "a site or policy file of fwlint",
          "name the export instead", ANY),
)  # fmt: skip

_MAGIC: Final = (
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xfd7zXZ\0", "compressed (xz)"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)"),
    (b"Salted__", "encrypted (openssl)"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"%PDF", "a document (PDF)"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"\xd4\xc3\xb2\xa1", "a capture of packets (pcap)"),
    (b"\x0a\x0d\x0d\x0a", "a capture of packets (pcapng)"),
)
_NOTES: Final = re.compile(
    r"(?:readme|licen[cs]e|copying|notice|changelog|contributing|authors|todo)(?:\.\w+)?|makefile"
    r"|.+\.(?:md|markdown|rst|adoc)",
    re.IGNORECASE,
)


def hint(head: str, taken_for: str) -> str:
    """What an error says of a file that begins so; empty where nothing more is known of it.

    `taken_for`: the format that it looks like; empty for none.
    """
    for each in _HINTS:
        if (not taken_for or taken_for in each.over) and each.pattern.search(head):
            return f"is {each.what}, which fwlint does not read: {each.remedy}"
    return ""


def binary(head: bytes) -> str:
    """What an error says of a file with these first bytes; empty where they are no known ones."""
    found = next((what for magic, what in _MAGIC if head.startswith(magic)), "")
    return f"is {found}: it must be unpacked, and text" if found else ""


def is_note(path: str) -> bool:
    """Whether a file's name says that it is for people: a README, say."""
    return bool(_NOTES.fullmatch(path.replace("\\", "/").rpartition("/")[2]))
