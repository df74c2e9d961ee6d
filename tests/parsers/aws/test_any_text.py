"""Whatever a file says, the parser gives rule sets or one error with a place in the file."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.source import InputError, Source
from parsers.aws.read import parse
from parsers.shared.context import Context
from tests.parsers.aws.samples import EVERYTHING, Element, at_one, permission

_WHOLE: dict[str, list[Element]] = at_one(
    [permission("tcp", 22), permission("icmp", 8, 0)], [EVERYTHING]
)
_WHOLE |= {
    "PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["192.0.2.0/24"]}],
    "RouteTables": [
        {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-01",
            "Associations": [{"Main": True}],
            "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}],
        }
    ],
    "SecurityGroupRules": [
        {
            "SecurityGroupRuleId": "sgr-1",
            "GroupId": "sg-two",
            "GroupOwnerId": "1",
            "IsEgress": False,
            "IpProtocol": "tcp",
            "FromPort": 1,
            "ToPort": 2,
            "ReferencedGroupInfo": {"GroupId": "sg-one"},
        }
    ],
}
TEXT = json.dumps(_WHOLE, indent=1)
STRANGE: tuple[Any, ...] = (
    None,
    1,
    -1,
    1 << 70,
    1.5,
    True,
    "",
    "x",
    [],
    [1],
    {},
    {"a": 1},
    "pl-",
    [[]],
)


def judge(text: str) -> None:
    """Raises whatever is no InputError, or an error without a place in the file."""
    source = Source("a.json", text.split("\n"))
    found: InputError | None = None
    try:
        parse([source], Context())
    except InputError as error:
        found = error
    if found:
        assert found.message
        assert found.span.path == "a.json"
        assert 1 <= found.span.line <= len(source.lines)
        assert 1 <= found.span.column <= len(source.lines[found.span.line - 1]) + 1


@given(st.text())
def test_any_text(text: str) -> None:
    judge(text)
    judge(f"SecurityGroups:\n- {text}")


@given(st.data())
def test_any_file_cut_short_or_damaged(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TEXT)))
    judge(TEXT[:at])
    judge(TEXT[:at] + data.draw(st.sampled_from('{}[]",:\\ 1n')) + TEXT[at + 1 :])


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    return [path, *(place for key in keys for place in _places(value[key], (*path, key)))]


@given(st.sampled_from(_places(_WHOLE)[1:]), st.sampled_from(STRANGE), st.booleans())
def test_any_value_that_is_another(path: tuple[Any, ...], value: Any, is_dropped: bool) -> None:
    whole = json.loads(TEXT)
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    if is_dropped:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    judge(json.dumps(whole, indent=1))
