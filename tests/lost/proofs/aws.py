"""The second evaluator of AWS as judge: what becomes of many packets at every interface."""

from functools import lru_cache
from random import Random
from typing import Any, Literal

import yaml

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs import forms
from tests.lost.proofs.known import named
from tests.oracles.aws.accounts import Account
from tests.oracles.aws.evaluate import Way, passes
from tests.oracles.aws.packets import packets
from tests.oracles.aws.places import named_spot, private_addresses, spot

_WAYS: tuple[Way, ...] = ("input", "output")
_PACKETS, _INTERFACES = 60, 6
_ONE = ("BlockPublicAccessStates", "InternetGatewayBlockMode")
_FAILURES = (ValueError, LookupError, AttributeError, TypeError, AssertionError, yaml.YAMLError)


def proof(export: Export, change: Change) -> Literal["same", "differs", "unknown"]:
    """Whether the evaluator knows the key, and judges packets at its bounds alike."""
    if forms.proof(export, change) == "same":
        return "same"
    keys = [key for key in change.path.split("/") if key and key != "*"]
    if not change.path.startswith("/") or not keys or keys[-1] not in named("aws"):
        return "unknown"
    before = _account(export, export.text)
    after = _account(export, change.made(export.text))
    if before is None or after is None:
        return "unknown"
    try:
        is_same = _is_same(before, after, f"{export.title} {change.start}")
    except _FAILURES:
        return "unknown"
    return "same" if is_same else "differs"


def _is_same(before: Account, after: Account, seed: str) -> bool:
    random = Random(seed)
    if not before.elements("NetworkInterfaces"):
        return _groups_alike(before, after, random)
    lists = before.elements("NetworkInterfaces"), after.elements("NetworkInterfaces")
    if len(lists[0]) != len(lists[1]):
        return False
    pairs = list(zip(*lists, strict=True))
    for one, other in random.sample(pairs, min(len(pairs), _INTERFACES)):
        ends = spot(before, one), spot(after, other)
        if ends[0].own != ends[1].own:
            return False
        for account, place, interface in ((before, ends[0], one), (after, ends[1], other)):
            own = tuple(private_addresses(interface))
            for way in _WAYS:
                for packet in packets(random, account, place, own, way, _PACKETS):
                    first = passes(before, ends[0], way, packet)
                    if first is not passes(after, ends[1], way, packet):
                        return False
    return True


def _groups_alike(before: Account, after: Account, random: Random) -> bool:
    """The same for machines that have one of the groups, where no interface is exported."""
    groups = [each["GroupId"] for each in before.elements("SecurityGroups")]
    if not groups or groups != [each["GroupId"] for each in after.elements("SecurityGroups")]:
        return False
    acls = [each["NetworkAclId"] for each in before.elements("NetworkAcls")] or [""]
    for group in groups:
        for acl in acls:
            for account in (before, after):
                place = named_spot(account, (group,), acl)
                for way in _WAYS:
                    for packet in packets(random, account, place, (), way, _PACKETS):
                        ends = (named_spot(one, (group,), acl) for one in (before, after))
                        first, second = ends
                        said = passes(before, first, way, packet)
                        if said is not passes(after, second, way, packet):
                            return False
    return True


def _filled(value: Any) -> Any:
    """The document with empty lists for lists that are null: botocore leaves both out."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if each is not None or key not in _ONE}
        return {key: _filled(each) for key, each in kept.items()}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    return [] if value is None else value


@lru_cache(maxsize=8)
def _account(export: Export, text: str) -> Account | None:
    """The account of the files; None where they are no account for the evaluator."""
    made = Account()
    try:
        for name, whole in export.files:
            for document in forms.documents(text if name == export.changed else whole):
                for key, found in _filled(document).items():
                    if key == "Entries":
                        made.entries.setdefault(name.partition(".")[0], []).extend(found)
                    elif key == "NextToken":
                        made.cut |= {name.partition(".")[0]}
                    else:
                        made.lists.setdefault(key, []).extend(found)
    except _FAILURES:
        return None
    return made
