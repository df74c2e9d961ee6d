"""Files that are no exports: each error says what the file is, and how to get the export."""

# ruff: noqa: E501, ISC004 - a table is read more easily with the lines of a file in one piece

from pathlib import Path

import pytest

import parsers
from flowmodel.source import InputError
from parsers.shared import remedies
from parsers.shared.hints import hint, is_note

SECRET = "hunter2-in-the-file"
FILES: dict[str, tuple[str, str, str]] = {
    "Terraform": (
        'resource "aws_security_group" "web" {\n  name = "web"\n}\n',
        "a configuration of Terraform", remedies.AWS,
    ),
    "a provider of Terraform": (
        '# main\nprovider "aws" {\n  region = "eu-west-1"\n}\n',
        "a configuration of Terraform", remedies.AWS,
    ),
    "Terraform as JSON": (
        '{"resource": {"aws_security_group": {"web": {"VpcId": "x"}}}}\n',
        "a configuration of Terraform", remedies.AWS,
    ),
    "a state of Terraform": (
        '{\n  "version": 4,\n  "terraform_version": "1.9.0",\n  "resources": []\n}\n',
        "a state or plan of Terraform", remedies.AWS,
    ),
    "CloudFormation": (
        "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Web:\n"
        "    Type: AWS::EC2::SecurityGroup\n    Properties:\n      VpcId: vpc-1\n",
        "a template of CloudFormation", remedies.AWS,
    ),
    "CloudFormation as JSON": (
        '{"Resources": {"Web": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": "v"}}}}',
        "a template of CloudFormation", remedies.AWS,
    ),
    "a table of the AWS CLI": (
        "-" * 60 + "\n|               DescribeSecurityGroups                |\n+---+\n",
        "the output of `aws … --output table`", remedies.AWS,
    ),
    "text of the AWS CLI": (
        "SECURITYGROUPS\tmade up\tsg-01\tweb\t111122223333\tvpc-01\nIPPERMISSIONS\t22\ttcp\t22\n",
        "the output of `aws … --output text`", remedies.AWS,
    ),
    "an error of the AWS CLI": (
        "\nAn error occurred (UnauthorizedOperation) when calling the DescribeVpcs operation: no\n",
        "an error of the AWS CLI", "the command that was to write it failed: give it again",
    ),
    "no credentials": (
        'Unable to locate credentials. You can configure them by running "aws login".\n',
        "an error of the AWS CLI", "the command that was to write it failed: give it again",
    ),
    "an answer that is an error": (
        '{"Error": {"Code": "AccessDenied", "Message": "no"}}\n',
        "an error that AWS answered with", "the command that was to write it failed: give it again",
    ),
    "iptables -S": (
        "-P INPUT DROP\n-P FORWARD DROP\n-A INPUT -p tcp -j ACCEPT\n",
        "the output of `iptables -S`", remedies.IPTABLES,
    ),
    "iptables -S with chains": (
        "-N f2b-sshd\n-A INPUT -j f2b-sshd\n", "the output of `iptables -S`", remedies.IPTABLES,
    ),
    "iptables -L": (
        "Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\n",
        "the output of `iptables -L`", remedies.IPTABLES,
    ),
    "iptables -L of one chain": (
        "Chain f2b-sshd (1 references)\ntarget     prot opt source\n",
        "the output of `iptables -L`", remedies.IPTABLES,
    ),
    "iptables-xml": (
        '<iptables-rules version="1.0">\n</iptables-rules>\n',
        "the output of `iptables-xml`", remedies.IPTABLES,
    ),
    "ufw status": (
        "Status: active\n\nTo                         Action      From\n--  ------  ----\n",
        "the output of `ufw status`", remedies.IPTABLES,
    ),
    "user.rules of ufw": (
        "*filter\n:ufw-user-input - [0:0]\n### RULES ###\n\n### tuple ### allow tcp 5432 0.0.0.0/0 any "
        "0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 5432 -j ACCEPT\n\n### END RULES ###\nCOMMIT\n",
        "a file that ufw loads rules from", remedies.IPTABLES,
    ),
    "before6.rules of ufw": (
        "#\n# rules.before\n#\n*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n\n*filter\n# Required:\n"
        ":ufw6-before-input - [0:0]\nCOMMIT\n",
        "a file that ufw loads rules from", remedies.IPTABLES,
    ),
    "a chain of nftables": (
        "chain input {\n  type filter hook input priority 0;\n  tcp dport 22 accept\n}\n",
        "a part of a rule set of nftables", remedies.NFT,
    ),
    "a set of nftables": (
        "# mine\nset allowed {\n  type ipv4_addr\n}\n",
        "a part of a rule set of nftables", remedies.NFT,
    ),
    "ipset list": (
        "Name: allowed\nType: hash:ip\nRevision: 4\nMembers:\n192.0.2.1\n",
        "the output of `ipset list`", remedies.IPSET,
    ),
    "a zone of firewalld": (
        '<?xml version="1.0" encoding="utf-8"?>\n<zone>\n  <short>Public</short>\n</zone>\n',
        "a configuration of firewalld", remedies.FIREWALLD,
    ),
    "firewall-cmd": (
        "public (active)\n  target: default\n  services: ssh\n",
        "the output of `firewall-cmd`", remedies.FIREWALLD,
    ),
    "an encrypted backup": (
        "---- BEGIN config.xml ----\nVersion: pfSense 2.7.2\nU2FsdGVkX1\n---- END config.xml ----\n",
        "an encrypted backup of pfSense or OPNsense", "download it again without encryption",
    ),
    "pf.conf": (
        "# mine\nset skip on lo0\nblock in all\npass out all keep state\n",
        "rules of pf", remedies.PF,
    ),
    "pfctl -sr": ("pass in quick on em0 inet proto tcp\n", "rules of pf", remedies.PF),
    "a template of nftables": (
        "table inet filter {\n  chain input {\n    tcp dport {{ ssh_port }} accept\n  }\n}\n",
        "a template", remedies.SHELL,
    ),
    "a template of iptables": (
        "*filter\n{% for port in ports %}\n-A INPUT -p tcp --dport {{ port }} -j ACCEPT\n"
        "{% endfor %}\nCOMMIT\n",
        "a template", remedies.SHELL,
    ),
    "a script": (
        "#!/bin/bash\niptables -P INPUT DROP\n", "a script", remedies.SHELL,
    ),
    "lines of a script": (
        "# web\niptables -A INPUT -p tcp --dport 80 -j ACCEPT\n",
        "a script of iptables", remedies.SHELL,
    ),
    "a playbook": (
        "---\n- hosts: all\n  tasks: []\n", "a playbook of Ansible", remedies.SHELL,
    ),
    "Cisco": (
        "!\nversion 15.2\nhostname edge\naccess-list 101 permit tcp any any eq 22\n",
        "a configuration of Cisco", remedies.OTHER,
    ),
    "Junos": (
        "## Last changed: 2031-01-31 10:00:00 UTC\nversion 21.4R1;\nsystem {\n",
        "a configuration of Junos or VyOS", remedies.OTHER,
    ),
    "set commands": (
        "set firewall name WAN_IN default-action drop\n",
        "a configuration of Junos or VyOS", remedies.OTHER,
    ),
    "FortiGate": (
        "#config-version=FGVM64-7.2.0-FW-build1157\nconfig system global\n",
        "a configuration of FortiGate", remedies.OTHER,
    ),
    "RouterOS": (
        "# 2031-01-31 10:00:00 by RouterOS 7.14\n/ip firewall filter\n",
        "an export of RouterOS", remedies.OTHER,
    ),
    "PAN-OS": (
        '<?xml version="1.0"?>\n<config version="10.1.0" urldb="paloaltonetworks">\n</config>\n',
        "a configuration of PAN-OS", remedies.OTHER,
    ),
    "ip addr": (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n",
        "the output of `ip addr`", remedies.IP,
    ),
    "a page of a login": (
        "<!DOCTYPE html>\n<html><head><title>Login</title></head></html>\n",
        "a web page, perhaps that of a login", "sign in, and download the export again",
    ),
    "a key": (
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n-----END OPENSSH PRIVATE KEY-----\n",
        "a key or a certificate", "name the export instead, and keep this file to yourself",
    ),
    "a site file": (
        "# mine\nfwlint: site/1\nname: x\n",
        "a site or policy file of fwlint", "name the export instead",
    ),
    "no rights": (
        "iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission "
        "denied (you must be root)\n",
        "an error message", "the command that was to write it failed: give it again",
    ),
}  # fmt: skip


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as raised:
        parsers.read_exports([str(path)])
    return raised.value


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_export_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    text, what, remedy = FILES[name]
    path = tmp_path / "file"
    path.write_text(f"{text}\n# {SECRET}\n", encoding="utf-8")
    error = refusal(path)

    assert error.message == f"is {what}, and no export that fwlint reads: {remedy}"
    assert str(error.span) == f"{path}:1:1"
    assert error.text == ""


def test_nothing_of_a_file_in_no_known_format_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(f"password {SECRET}\n", encoding="utf-8")
    error = refusal(path)

    assert error.message.startswith("is in no known format")
    assert SECRET not in error.message + error.text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x1f\x8b\x08\0\0\0", "compressed (gzip)"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"BZh91AY&SY", "compressed (bzip2)"),
        (b"\xfd7zXZ\0\0", "compressed (xz)"),
        (b"\x28\xb5\x2f\xfd\x04", "compressed (zstd)"),
        (b"Salted__abcdefgh", "encrypted (openssl)"),
        (b"\x7fELF\x02", "a program"),
        (b"%PDF-1.7", "a document (PDF)"),
        (b"\xd4\xc3\xb2\xa1\x02", "a capture of packets (pcap)"),
    ],
)
def test_a_binary_file_is_named(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    assert refusal(path).message == f"is {what}: it must be unpacked, and text"


GOOD = [
    "*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\n-A INPUT -j ufw-user-input\nCOMMIT\n",
    '*filter\n:INPUT DROP [0:0]\n-A INPUT -m comment --comment "{{ web }}" -j ACCEPT\nCOMMIT\n',
    "#!/usr/sbin/nft -f\ntable inet filter {\n}\n",
    "# {{ ansible_managed }}\ntable inet filter {\n}\n",
    'table ip filter {\n  chain INPUT {\n    comment "chain x {"\n  }\n}\n',
]


@pytest.mark.parametrize("text", GOOD)
def test_an_export_is_taken_for_nothing_else(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")

    assert parsers.read_exports([str(path)])


def test_notes_in_a_folder_are_passed_over_with_a_remark(tmp_path: Path) -> None:
    chains = "".join(f":{name} DROP [0:0]\n" for name in ("INPUT", "FORWARD", "OUTPUT"))
    (tmp_path / "a.rules").write_text(f"*filter\n{chains}COMMIT\n", encoding="utf-8")
    names = ["LICENSE", "README.md", "Readme", "notes.rst"]
    for name in names:
        (tmp_path / name).write_text("ask Kim\n", encoding="utf-8")
    (found,) = parsers.read_exports([str(tmp_path)])

    assert [(gap.check, gap.message) for gap in found.gaps if gap.check == "FW902"] == [
        ("FW902", f"{name} is not an export; it was ignored") for name in sorted(names)
    ]
    assert refusal(tmp_path / "README.md").message.startswith("is in no known format")


def test_what_has_the_ending_of_an_export_is_no_note() -> None:
    endings = [end for each in (*parsers.FORMATS, *parsers.COMPANIONS) for end in each.endings]

    assert [end for end in endings if is_note(f"exports/notice.{end}")] == []
    assert is_note("exports/notice.txt")


def test_a_note_that_is_an_export_is_read(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("*filter\nCOMMIT\n", encoding="utf-8")

    assert len(parsers.read_exports([str(tmp_path)])) == 1


def test_any_other_file_in_a_folder_is_an_error(tmp_path: Path) -> None:
    chains = "".join(f":{name} DROP [0:0]\n" for name in ("INPUT", "FORWARD", "OUTPUT"))
    (tmp_path / "a.rules").write_text(f"*filter\n{chains}COMMIT\n", encoding="utf-8")
    (tmp_path / "b.rules").write_text("frob\n", encoding="utf-8")

    assert refusal(tmp_path).message.startswith("is in no known format")


@pytest.mark.parametrize("fill", [" ", "\n", "\t", "#", "#\n", "!\n", "a", "a ", "-", '"', "<!--"])
@pytest.mark.parametrize("start", ["", "{{ ", "{% ", "Type", "x AWS::", 'resource "', "<?xml"])
def test_a_long_file_of_one_kind_of_character_is_looked_through_in_linear_time(
    start: str, fill: str
) -> None:
    head = start + fill * (65_000 // len(fill)) + "} terraform_ {{ {%"

    assert hint(head, "") == hint(head[:100], "")
