"""What files are that are no exports, by their beginning: an error can then say what to do."""

# ruff: noqa: E501 - a pattern is read more easily in one piece

import re
from typing import Final, NamedTuple

from parsers.shared.remedies import AWS, FIREWALLD, IPSET, IPTABLES, NFT, OTHER, PF, SHELL


class Hint(NamedTuple):
    """What a file is, and how to get an export instead."""

    pattern: str
    """How such a file begins; compiled when one is asked about, most formats about few of them."""
    what: str
    remedy: str
    over: frozenset[str] = frozenset()
    """The formats that such a file is taken for, though it is none of them."""
    behind_comments: bool = False
    """Whether it begins so behind its first comments."""
    words: tuple[str, ...] = ()
    """Not empty: the pattern may stand anywhere in the file, which then has one of these."""


ANY: Final = frozenset({"iptables-save", "nftables", "config.xml", "aws", "ipset save"})
_LINES: Final = frozenset({"iptables-save", "nftables", "ipset save"})


# The patterns must be linear on any text: no repetition directly behind one that can match the same.
_FLAGS: Final = re.MULTILINE | re.IGNORECASE
_COMMENTS: Final = re.compile(r"(?:[ \t\r]*(?:(?:[#!]|: ).*)?\n)*[ \t]*")
_NOTHING: Final = "the command that was to write it failed: give it again"
_BLOCKS: Final = ('resource "', 'data "', 'module "', 'provider "', 'variable "', 'output "',
                  '"resource"', '"provider"', '"module"')  # fmt: skip
_HINTS: Final = (
    # What a command printed that failed. The AWS CLI's are in awscli/errorhandler.py.
    Hint(r"(?:aws: \[?error|An error occurred \()", "an error of the AWS CLI", _NOTHING, ANY),
    Hint(
        r"(?:Unable to locate credentials|Partial credentials found|The config profile \(|"
        r"Could not connect to the endpoint|You must specify a region|Error when retrieving |"
        r"The SSO session associated|Token has expired|usage: aws )",
        "an error of the AWS CLI", _NOTHING, ANY,
    ),
    Hint(r'\{\s*"Error"\s*:\s*\{', "an error that AWS answered with", _NOTHING, ANY),
    Hint(
        r"(?:.{0,80}: (?:command not found|Permission denied)|.{0,300}you must be root|"
        r"(?:sudo|ssh|bash|sh|-bash): |Error: .{0,200}|Operation not permitted)",
        "an error message", _NOTHING, _LINES,
    ),
    # Other forms of what fwlint reads.
    Hint(r"-+ BEGIN config\.xml -+", "an encrypted backup of pfSense or OPNsense",
          "download it again without encryption", ANY),
    Hint(r"-(?:P|N) \S+", "the output of `iptables -S`", IPTABLES, _LINES, behind_comments=True),
    Hint(r"^Chain \S+ \((?:policy |\d+ references)", "the output of `iptables -L`", IPTABLES, _LINES,
          words=("Chain ",)),
    Hint(r"<iptables-rules\b", "the output of `iptables-xml`", IPTABLES, ANY),
    Hint(r"Status: (?:active|inactive)\b", "the output of `ufw status`", IPTABLES, _LINES),
    Hint(r"(?:chain|set|map) [\w-]+ \{\s*$", "a part of a rule set of nftables",
          NFT, _LINES, behind_comments=True),
    Hint(r"Name: \S+\s+Type: (?:hash|bitmap|list):", "the output of `ipset list`", IPSET, ANY),
    Hint(r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:zone|policy|direct|service)\b",
          "a configuration of firewalld", FIREWALLD, ANY),
    Hint(r"[\w-]+(?: \([\w, ]+\))?\n  target: ", "the output of `firewall-cmd`", FIREWALLD,
          _LINES),
    Hint(r"(?:set skip on|scrub |(?:pass|block) (?:in|out|quick|all|drop|return|"
          r"log)\b)", "rules of pf", PF, _LINES, behind_comments=True),
    Hint(r"-{20,}\n\|\s*(?:Describe|Get)\w+", "the output of `aws … --output table`", AWS, ANY),
    Hint(r"(?:SECURITYGROUP|NETWORKACL|NETWORKINTERFACE|RESERVATION|INSTANCES|SUBNETS|VPCS|"
          r"ROUTETABLES|PREFIXLISTS|ENTRIES|IPPERMISSIONS|ASSOCIATION|GROUPS|FIREWALL|RULEGROUP)"
          r"\w*\t", "the output of `aws … --output text`", AWS, ANY),
    # What makes rules.
    Hint(r'"terraform_version"\s*:|\A\s*\{\s*"(?:version"\s*:\s*\d+\s*,\s*"terraform_|lineage")',
          "a state or plan of Terraform", AWS, ANY, words=("terraform_", "lineage")),
    Hint(r'^[ \t]*(?:(?:resource|data|module|provider|variable|output) "[^"\n]*"(?: "[^"\n]*")?'
          r'|terraform|locals) \{|\A\s*\{\s*"(?:resource|provider|module)"\s*:\s*[\[{]',
          "a configuration of Terraform", AWS, ANY,
          words=(*_BLOCKS, "terraform {", "locals {")),
    Hint(r"AWSTemplateFormatVersion|\bType[\"']?\s*:\s*[\"']?AWS::\w", "a template of CloudFormation",
          AWS, ANY, words=("AWSTemplateFormatVersion", "AWS::")),
    Hint(r"#!.*\b(?:sh|bash|dash|ash|zsh|python3?|perl)\b", "a script", SHELL, _LINES),
    Hint(r"(?:sudo )?(?:/\S*/)?ip6?tables(?:-\w+)? -", "a script of iptables", SHELL,
          _LINES, behind_comments=True),
    Hint(r"^(?:[^\"#'\n]|\"[^\"\n]*\")*(?:\{%-?\s*\w|\{\{-?\s*[\w.][^{}\n]*\}\})",
          "a template", SHELL, _LINES, words=("{%", "{{")),
    Hint(r"(?:---\s*)?- (?:hosts|name): ", "a playbook of Ansible", SHELL, _LINES,
          behind_comments=True),
    # Other firewalls and other files.
    Hint(r"(?:#config-version=|config (?:system|firewall|global)\b)",
          "a configuration of FortiGate", OTHER, _LINES),
    Hint(r"(?:Building configuration|Current configuration|ASA Version|"
          r"hostname \S+$|version \d+\.\d+$|ip access-list |access-list \S+ )",
          "a configuration of Cisco", OTHER, _LINES, behind_comments=True),
    Hint(r"(?:## Last (?:changed|commit)|version [\w.-]+;\s|set (?:version|system|security|"
          r"firewall|interfaces) |(?:system|security|firewall) \{)",
          "a configuration of Junos or VyOS", OTHER, _LINES),
    Hint(r"(?:# .* by RouterOS|/(?:ip|ipv6|interface) )", "an export of RouterOS", OTHER, _LINES),
    Hint(r"(?:<\?xml[^>]*>\s*)?<config\b[^>]*\burldb", "a configuration of PAN-OS", OTHER, ANY),
    Hint(r"\d+: [\w.@-]+: <[\w,-]*> mtu ", "the output of `ip addr`", IPTABLES, _LINES),
    Hint(r"default via ", "the output of `ip route`", IPTABLES, _LINES),
    Hint(r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!DOCTYPE html|html|head|body)\b",
          "a web page, perhaps that of a login", "sign in, and download the export again", ANY),
    Hint(r"-----BEGIN [A-Z ]+-----", "a key or a certificate",
          "name the export instead, and keep this file to yourself", ANY),
    Hint(r"fwlint: (?:site|policy)/", "a site or policy file of fwlint",
          "name the export instead", ANY, behind_comments=True),
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
    start, code = head.lstrip(), _behind_comments(head)
    for each in _HINTS:
        if taken_for and taken_for not in each.over:
            continue
        if each.words:
            found = any(word in head for word in each.words) and re.search(
                each.pattern, head, _FLAGS
            )
        else:
            found = re.match(each.pattern, code if each.behind_comments else start, _FLAGS)
        if found:
            return f"is {each.what}, which fwlint does not read: {each.remedy}"
    return ""


def _behind_comments(head: str) -> str:
    comments = _COMMENTS.match(head)
    return head[comments.end() :] if comments else head


def binary(head: bytes) -> str:
    """What an error says of a file with these first bytes; empty where they are no known ones."""
    found = next((what for magic, what in _MAGIC if head.startswith(magic)), "")
    return f"is {found}: it must be unpacked, and text" if found else ""


def is_note(path: str) -> bool:
    """Whether a file's name says that it is for people: a README, say."""
    return bool(_NOTES.fullmatch(path.replace("\\", "/").rpartition("/")[2]))
