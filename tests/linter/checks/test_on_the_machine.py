"""What a machine's own rules do beside filtering: published containers, marks."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HOST,
    HTTPS_IN,
    KEEP_IN,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_PACKET = "[tcp 10.1.0.7:40000 > 192.0.2.10:443]"
_PUBLISHED = "-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination {}:443"
_FORWARDED = (
    "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A FORWARD -s 10.1.0.0/16 -d 172.18.0.2/32 -p tcp -m tcp --dport 443 -j ACCEPT",
)


@pytest.mark.parametrize(
    ("nat", "filters", "expected"),
    [
        (_PUBLISHED.format("192.0.2.10"), (KEEP_IN, HTTPS_IN), []),
        (_PUBLISHED.format("172.18.0.2"), (KEEP_IN, HTTPS_IN, *_FORWARDED), []),
        (
            _PUBLISHED.format("172.18.0.2"),
            (KEEP_IN, *_FORWARDED),
            [
                (
                    "web.rules:2: FW109 warning (possible): cannot decide whether required "
                    "flow shop.https (443/tcp) from users to web is permitted on web "
                    f"{_PACKET}"
                )
            ],
        ),
        (
            _PUBLISHED.format("172.18.0.2"),
            (KEEP_IN,),
            [
                (
                    "web.rules:3: FW101 error: required flow shop.https (443/tcp) from users "
                    f"to web is blocked on web {_PACKET}"
                )
            ],
        ),
    ],
    ids=[
        "to itself",
        "to a container, and both ways are open",
        "to a container, and one way is open",
        "to a container, and no way is open",
    ],
)
def test_a_port_that_is_published_may_leave_the_machine(
    nat: str, filters: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    actual = found(tmp_path, policy(), site(HOST), {"web.rules": rules(*filters, nat=nat)})

    assert lines(actual) == expected


_BY_MARK = "-A INPUT -m mark --mark 0x1/0x1 -j DROP"
_SETS_MARK = "-A INPUT -p udp -j MARK --set-xmark 0x1/0x1"
_UNDECIDED = (
    "web.rules:{}: FW109 warning (possible): cannot decide whether required flow shop.https "
    f"(443/tcp) from users to web is permitted on web {_PACKET}"
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((KEEP_IN, _SETS_MARK, _BY_MARK, HTTPS_IN), []),
        ((KEEP_IN, _BY_MARK, HTTPS_IN), [_UNDECIDED.format(6)]),
        (
            (KEEP_IN, _SETS_MARK, _BY_MARK.replace("0x1/0x1", "0x2/0x2"), HTTPS_IN),
            [_UNDECIDED.format(7)],
        ),
    ],
    ids=["the rules' own mark", "a mark from elsewhere", "another bit from elsewhere"],
)
def test_only_marks_that_the_rules_set_are_known(
    filters: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    actual = found(tmp_path, policy(), site(HOST), {"web.rules": rules(*filters)})

    assert lines(actual) == expected


def test_what_comes_later_comes_by_the_interface_by_which_the_connection_was_opened(
    tmp_path: Path,
) -> None:
    by_one = rules("-A INPUT -i eth0 -j ACCEPT")

    actual = found(tmp_path, policy(), site(HOST), {"web.rules": by_one})

    assert [each.message for each in actual if each.check[:3] == "FW1"] == [
        (
            "cannot decide whether required flow shop.https (443/tcp) from users "
            "to web is permitted on web"
        )
    ]
