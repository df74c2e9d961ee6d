"""What files are that are no exports, by their beginning: an error can then say what to do."""

# ruff: noqa: E501 - a pattern is read more easily in one piece

import re
from enum import Enum, auto
from typing import Final

from flowmodel.record import NamedTuple
from parsers.shared.remedies import AWS, FIREWALLD, IP, IPSET, IPTABLES, NFT, OTHER, PF, SHELL


class Where(Enum):
    """Where in a file its signs stand."""

    START = auto()
    BEHIND_COMMENTS = auto()
    ANYWHERE = auto()


class Hint(NamedTuple):
    """What a file is, and how to get an export instead."""

    signs: tuple[str, ...]
    """Such a file has one of them, where `where` says."""
    what: str
    remedy: str
    over: frozenset[str]
    """The formats that such a file is taken for, though it is none of them."""
    pattern: str = ""
    """What it has besides; compiled where a sign is found, as few files have any."""
    where: Where = Where.START


ANY: Final = frozenset({"iptables-save", "nftables", "config.xml", "aws", "ipset save"})
_LINES: Final = frozenset({"iptables-save", "nftables", "ipset save"})

# The patterns are linear on any text: no repetition stands behind one that matches the same.
_FLAGS: Final = re.MULTILINE | re.IGNORECASE
_COMMENTS: Final = r"(?:[ \t\r]*(?:(?:[#!]|: ).*)?\n)*[ \t]*"
_CODE, _ANYWHERE = Where.BEHIND_COMMENTS, Where.ANYWHERE
_NOTHING: Final = "the command that was to write it failed: give it again"
_HINTS: Final = (
    # What a command printed that failed. The AWS CLI's are in awscli/errorhandler.py.
    Hint(("aws: error", "aws: [error", "An error occurred (", "Unable to locate credentials",
          "Partial credentials found", "The config profile (", "Could not connect to the endpoint",
          "You must specify a region", "Error when retrieving ", "The SSO session associated",
          "Token has expired", "usage: aws "), "an error of the AWS CLI", _NOTHING, ANY),
    Hint(("{",), "an error that AWS answered with", _NOTHING, ANY, r'\{\s*"Error"\s*:\s*\{'),
    Hint(("sudo: ", "ssh: ", "bash: ", "sh: ", "-bash: ", "Error: ", "Operation not permitted"),
         "an error message", _NOTHING, _LINES),
    Hint((": command not found", ": Permission denied", "you must be root"),
         "an error message", _NOTHING, _LINES,
         r"\A\s*(?:.{0,80}: (?:command not found|Permission denied)|.{0,300}you must be root)",
         _ANYWHERE),
    # Other forms of what fwlint reads.
    Hint(("-",), "an encrypted backup of pfSense or OPNsense", "download it again without encryption",
         ANY, r"-+ BEGIN config\.xml -+"),
    Hint(("-P ", "-N "), "the output of `iptables -S`", IPTABLES, _LINES, where=_CODE),
    Hint(("Chain ",), "the output of `iptables -L`", IPTABLES, _LINES,
         r"^Chain \S+ \((?:policy |[0-9]+ references)", _ANYWHERE),
    Hint(("<iptables-rules",), "the output of `iptables-xml`", IPTABLES, ANY),
    Hint(("Status: active", "Status: inactive"), "the output of `ufw status`", IPTABLES, _LINES),
    # It loads them with `iptables-restore -n`, below rules of its own (ufw-framework(8)).
    Hint((":ufw-", ":ufw6-"), "a file that ufw loads rules from", IPTABLES, _LINES,
         r"^\*filter[ \t\r]*\n(?:[ \t\r]*(?:#.*)?\n)*:ufw6?-(?:user|before|after)-", _ANYWHERE),
    Hint(("chain ", "set ", "map "), "a part of a rule set of nftables", NFT, _LINES,
         r"(?:chain|set|map) [\w-]+ \{\s*$", _CODE),
    Hint(("Name: ",), "the output of `ipset list`", IPSET, ANY,
         r"Name: \S+\s+Type: (?:hash|bitmap|list):"),
    Hint(("<",), "a configuration of firewalld", FIREWALLD, ANY,
         r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:zone|policy|direct|service)\b"),
    Hint(("\n  target: ",), "the output of `firewall-cmd`", FIREWALLD, _LINES,
         r"\A[\w-]+(?: \([\w, ]+\))?\n  target: ", _ANYWHERE),
    Hint(("set skip on", "scrub ", "pass ", "block "), "rules of pf", PF, _LINES,
         r"set|scrub|(?:pass|block) (?:in|out|quick|all|drop|return|log)\b", _CODE),
    Hint(("-" * 20,), "the output of `aws … --output table`", AWS, ANY,
         r"-+\n\|\s*(?:Describe|Get)\w+"),
    Hint(("SECURITYGROUP", "NETWORKACL", "NETWORKINTERFACE", "RESERVATION", "INSTANCES", "SUBNETS",
          "VPCS", "ROUTETABLES", "PREFIXLISTS", "ENTRIES", "IPPERMISSIONS", "ASSOCIATION", "GROUPS",
          "FIREWALL", "RULEGROUP"), "the output of `aws … --output text`", AWS, ANY, r"\w+\t"),
    # What makes rules.
    Hint(("terraform_", "lineage"), "a state or plan of Terraform", AWS, ANY,
         r'"terraform_version"\s*:|\A\s*\{\s*"(?:version"\s*:\s*[0-9]+\s*,\s*"terraform_|lineage")',
         _ANYWHERE),
    Hint(('resource "', 'data "', 'module "', 'provider "', 'variable "', 'output "', '"resource"',
          '"provider"', '"module"', "terraform {", "locals {"), "a configuration of Terraform", AWS,
         ANY, r'^[ \t]*(?:(?:resource|data|module|provider|variable|output) "[^"\n]*"(?: "[^"\n]*")?'
         r'|terraform|locals) \{|\A\s*\{\s*"(?:resource|provider|module)"\s*:\s*[\[{]', _ANYWHERE),
    Hint(("AWSTemplateFormatVersion", "AWS::"), "a template of CloudFormation", AWS, ANY,
         r"AWSTemplateFormatVersion|\bType[\"']?\s*:\s*[\"']?AWS::\w", _ANYWHERE),
    Hint(("#!",), "a script", SHELL, _LINES, r"#!.*\b(?:sh|bash|dash|ash|zsh|python3?|perl)\b"),
    Hint(("sudo ", "/", "iptables", "ip6tables"), "a script of iptables", SHELL, _LINES,
         r"(?:sudo )?(?:/\S*/)?ip6?tables(?:-\w+)? -", _CODE),
    Hint(("{%", "{{"), "a template", SHELL, _LINES,
         r"^(?:[^\"#'\n]|\"[^\"\n]*\")*(?:\{%-?\s*\w|\{\{-?\s*[\w.][^{}\n]*\}\})", _ANYWHERE),
    Hint(("-",), "a playbook of Ansible", SHELL, _LINES, r"(?:---\s*)?- (?:hosts|name): ", _CODE),
    # Other firewalls and other files.
    Hint(("#config-version=", "config system", "config firewall", "config global"),
         "a configuration of FortiGate", OTHER, _LINES),
    Hint(("Building configuration", "Current configuration", "ASA Version", "hostname ", "version ",
          "ip access-list ", "access-list "), "a configuration of Cisco", OTHER, _LINES,
         r"[BCAi]|hostname \S+$|version [0-9]+\.[0-9]+$|access-list \S+ ", _CODE),
    Hint(("## Last ", "version ", "set ", "system {", "security {", "firewall {"),
         "a configuration of Junos or VyOS", OTHER, _LINES,
         r"## Last (?:changed|commit)|version [\w.-]+;\s|set (?:version|system|security|firewall|"
         r"interfaces) |(?:system|security|firewall) \{"),
    Hint(("# ", "/ip ", "/ipv6 ", "/interface "), "an export of RouterOS", OTHER, _LINES,
         r"# .* by RouterOS|/"),
    Hint(("<",), "a configuration of PAN-OS", OTHER, ANY,
         r"(?:<\?xml[^>]*>\s*)?<config\b[^>]*\burldb"),
    Hint(tuple("123456789"), "the output of `ip addr`", IP, _LINES,
         r"[0-9]+: [\w.@-]+: <[\w,-]*> mtu "),
    Hint(("default via ",), "the output of `ip route`", IP, _LINES),
    Hint(("<",), "a web page, perhaps that of a login", "sign in, and download the export again", ANY,
         r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!DOCTYPE html|html|head|body)\b"),
    Hint(("-----BEGIN ",), "a key or a certificate",
         "name the export instead, and keep this file to yourself", ANY, r"-----BEGIN [A-Z ]+-----"),
    Hint(("fwlint: site/", "fwlint: policy/"), "a site or policy file of fwlint",
         "name the export instead", ANY, where=_CODE),
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
_NOTES: Final = (
    r"(?:readme|licen[cs]e|copying|notice|changelog|contributing|authors|todo)"
    # A machine can have such a name, and then its exports have their endings.
    r"(?:\.(?!(?:rules6?|v[46]|save|ip6?tables|ipset|nft|conf|xml|json|ya?ml)$)\w+)?"
    r"|makefile|.+\.(?:md|markdown|rst|adoc)"
)


def hint(head: str, taken_for: str) -> str:
    """What an error says of a file that begins so; empty where nothing more is known of it.

    `taken_for`: the format that it looks like; empty for none.
    """
    comments = re.match(_COMMENTS, head)
    start, code = head.lstrip(), head[comments.end() :] if comments else head
    for each in _HINTS:
        if taken_for and taken_for not in each.over:
            continue
        if each.where is Where.ANYWHERE:
            is_found = any(sign in head for sign in each.signs) and re.search(
                each.pattern, head, _FLAGS
            )
        else:
            text = start if each.where is Where.START else code
            is_found = text.startswith(each.signs) and re.match(each.pattern, text, _FLAGS)
        if is_found:
            return f"is {each.what}, and no export that fwlint reads: {each.remedy}"
    return ""


def binary(head: bytes) -> str:
    """What an error says of a file with these first bytes; empty where they are no known ones."""
    found = next((what for magic, what in _MAGIC if head.startswith(magic)), "")
    return f"is {found}: it must be unpacked, and text" if found else ""


def is_note(path: str) -> bool:
    """Whether a file's name says that it is for people: a README, say."""
    return bool(re.fullmatch(_NOTES, path.replace("\\", "/").rpartition("/")[2], re.IGNORECASE))
