"""Rules that Suricata would not load are errors; what else is in the export is not passed by."""

import pytest

from flowmodel.source import InputError
from tests.parsers.aws.network_firewall.samples import by_action, firewall, policy, read, texts

_HEADER = "pass tcp any any -> any 443"
REFUSED = {
    "no sid": ('(msg:"a";)', "a rule needs a `sid`"),
    "a sid that is no number": ("(sid:2x9;)", "the setting of `sid` is a number"),
    "two in one": ("(sid:6 sid:6;)", "the setting of `sid` is a number"),
    "a revision": ("(sid:1; rev:a;)", "the setting of `rev` is a number"),
    "an open message": ('(msg:"a; sid:1;)', "a message stands between quotation marks"),
    "a message that is cut": (
        '(msg: (msg:"a"; sid:1;)',
        "a message stands between quotation marks",
    ),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
def test_a_rule_that_suricata_refuses_is_an_error(options: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        by_action(f"{_HEADER} {options}")

    assert message in raised.value.message


@pytest.mark.parametrize("options", ['(msg:"a \\"b\\""; sid:1; rev:2; gid:1;)', "(sid:1;)"])
def test_a_rule_that_suricata_loads_is_read(options: str) -> None:
    by_action(f"{_HEADER} {options}")


def exported(**beside: object) -> list[str]:
    group = texts("web", f"{_HEADER} (sid:1;)")
    found = read(group, policy([group]), *firewall(), {key: [each] for key, each in beside.items()})
    return [gap.message for gap in found.gaps]


def test_a_key_of_a_vpc_that_is_new_is_said_without_machines_too() -> None:
    vpc = {"VpcId": "vpc-9", "CidrBlock": "10.9.0.0/16"}

    assert exported(Vpcs=vpc) == []
    assert exported(Vpcs=vpc | {"New": 1}) == [
        "`New` is not understood: what it says is not in the model"
    ]


def test_groups_without_machines_are_said_to_judge_nothing() -> None:
    group = {"GroupId": "sg-1", "GroupName": "web", "VpcId": "vpc-1", "OwnerId": "1"}

    assert exported(SecurityGroups=group | {"IpPermissions": [], "IpPermissionsEgress": []}) == [
        "the export has `SecurityGroups`, but no machines: they judge no packet here"
    ]
