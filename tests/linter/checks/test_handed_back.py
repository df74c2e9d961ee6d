"""What a machine hands on to another one of its role, which may be the one that has sent it."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import KEEP, KEEP_IN, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED)

_DEVICE = "web: {config: web.rules, host: {role: shop.web, address: 192.0.2.10}, ipv6: no}"
_IN = "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_ON = "-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT"
_AS_OWN = "-A POSTROUTING -p tcp -m tcp --dport 443 -j SNAT --to-source 192.0.2.10"
_TO = f"-A PREROUTING {{}}-p tcp -m tcp --dport 443 -j DNAT --to-destination {{}}\n{_AS_OWN}"
_BACK = "required flow shop.https (443/tcp) from {} to web may be sent back by web to its sender"


@pytest.mark.parametrize(
    ("senders", "nat", "is_told"),
    [
        ("web", _TO.format("", "192.0.2.12"), True),
        ("dmz", _TO.format("", "192.0.2.12"), True),
        ("dmz", _TO.format("", "192.0.2.12-192.0.2.13"), True),
        ("office", _TO.format("", "192.0.2.12"), False),
        ("web", _TO.format("-s 192.0.2.13/32 ", "192.0.2.12"), False),
        ("web", _TO.format("! -s 192.0.2.12/32 ", "192.0.2.12"), False),
        ("web", "", False),
    ],
    ids=[
        "of the role",
        "of a network that it is in",
        "to one of two",
        "no-op: of others",
        "no-op: of another machine of the role",
        "no-op: but what it sends",
        "no-op: to itself",
    ],
)
@pytest.mark.parametrize("web", ["[192.0.2.10, 192.0.2.12, 192.0.2.13]", "192.0.2.8/29"])
def test_what_a_machine_gets_back_does_not_work_for_certain(
    senders: str, nat: str, is_told: bool, web: str, tmp_path: Path
) -> None:
    sender, place = ("web", "office") if senders == "web" else ("users", senders)
    bind = f"{{web: {web}, users: {place}}}"
    text = policy(f"id: https, from: {sender}, service: 443/tcp")
    exports = {"web.rules": rules(KEEP_IN, _IN, KEEP, _ON, nat=nat)}

    actual = found(tmp_path, text, site(_DEVICE, bind=bind), exports)

    told = [each for each in actual if "back" in each.message]
    assert [each.message for each in told] == [_BACK.format(sender)] * is_told
    assert {(each.check, each.certainty) for each in told} <= {("FW109", "possible")}


@pytest.mark.parametrize(
    ("to", "is_open"), [("192.0.2.12", False), ("192.0.2.13", True)], ids=["back", "no-op: on"]
)
def test_what_a_machine_gets_back_is_open_to_nobody(to: str, is_open: bool, tmp_path: Path) -> None:
    redis = "-p tcp -m tcp --dport 6379"
    nat = f"-A PREROUTING {redis} -j DNAT --to-destination {to}"
    on = f"-A FORWARD -s 192.0.2.12/32 {redis} -j ACCEPT"
    bind = "{web: [192.0.2.10, 192.0.2.12, 192.0.2.13], users: office}"
    exports = {"web.rules": rules(KEEP_IN, _IN, KEEP, on, nat=nat)}

    actual = Asking("FW205")(tmp_path, policy(), site(_DEVICE, bind=bind), exports)

    assert [each.check for each in actual] == ["FW205"] * is_open
