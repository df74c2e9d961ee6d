"""Which exports are of one device, and what it is called."""

import pytest

from flowmodel.source import InputError
from linter.drafts.grouping import by_device
from parsers.shared.grouping import File, Part


def _files(*paths: str) -> tuple[File, ...]:
    """Files with what their names say they are."""
    return tuple(map(_file, paths))


def _file(path: str) -> File:
    part: Part = "rules"
    if path.startswith("aws/"):
        part = "account"
    elif path.endswith(".xml"):
        part = "whole"
    elif path.endswith((".json", ".ipset")):
        part = "beside"
    return File(path, part)


_GROUPS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "one file": (("web.v4",), ["web: web.v4"]),
    "both families": (("web.v4", "web.v6"), ["web: web.v4 web.v6"]),
    "all that `fwlint export-help` makes": (
        (
            *(f"edge.{end}" for end in ("rules", "rules6", "legacy.rules", "legacy.rules6")),
            *(f"edge.{end}" for end in ("ipset", "addr.json", "route6.json", "rule.json")),
        ),
        [
            (
                "edge: edge.rules edge.rules6 edge.legacy.rules edge.legacy.rules6 edge.ipset "
                "edge.addr.json edge.route6.json edge.rule.json"
            )
        ],
    ),
    "an older machine": (("web.v4", "web-legacy.v4"), ["web: web.v4", "web-legacy: web-legacy.v4"]),
    "two machines": (
        ("web.v4", "db.v4", "web.v6", "db.addr.json"),
        ["web: web.v4 web.v6", "db: db.v4 db.addr.json"],
    ),
    "a folder each": (
        ("web/rules.v4", "db/rules.v4", "web/rules.v6"),
        ["web: web/rules.v4 web/rules.v6", "db: db/rules.v4"],
    ),
    "the same names in two folders": (
        ("a/web.v4", "b/web.v4"),
        ["web: a/web.v4", "web-2: b/web.v4"],
    ),
    "a folder that says nothing": (("exports/rules.v4",), ["firewall: exports/rules.v4"]),
    "the usual names": (
        ("/etc/iptables/rules.v4", "/etc/iptables/rules.v6"),
        ["firewall: /etc/iptables/rules.v4 /etc/iptables/rules.v6"],
    ),
    "addresses beside the only rules": (
        ("web.v4", "addr.json", "route.json"),
        ["web: web.v4 addr.json route.json"],
    ),
    "addresses beside the only rules of their folder": (
        ("web/web.v4", "web/addr.json", "db/db.v4"),
        ["web: web/web.v4 web/addr.json", "db: db/db.v4"],
    ),
    "the same name in another folder": (
        ("rules/web.v4", "rules/db.v4", "ip/web.addr.json"),
        ["web: rules/web.v4 ip/web.addr.json", "db: rules/db.v4"],
    ),
    "each config.xml": (
        ("config.xml", "edge.xml", "config-fw.example-20260131120000.xml"),
        [
            "firewall: config.xml",
            "edge: edge.xml",
            "fw-example: config-fw.example-20260131120000.xml",
        ],
    ),
    "an account": (
        ("aws/groups.json", "aws/acls.json", "aws/vpcs.json"),
        ["cloud: aws/groups.json aws/acls.json aws/vpcs.json"],
    ),
    "an account beside a machine": (
        ("aws/groups.json", "web.v4"),
        ["cloud: aws/groups.json", "web: web.v4"],
    ),
    "letters of names": (("Web Shop.v4",), ["web-shop: Web Shop.v4"]),
}


@pytest.mark.parametrize(("paths", "expected"), _GROUPS.values(), ids=_GROUPS)
def test_files_with_one_name_are_one_device(paths: tuple[str, ...], expected: list[str]) -> None:
    found = by_device(_files(*paths))

    assert [f"{group.name}: {' '.join(group.paths)}" for group in found] == expected


_ALONE = (
    "says nothing of the device that it is of, and {}: name it like the rules that it belongs "
    "to, such as `web.v4` and `web.addr.json`"
)


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (("addr.json",), "there are no rules of it"),
        (("addr.json", "config.xml"), "there are no rules of it"),
        (("addr.json", "web.v4", "db.v4"), "several devices have rules"),
        (("mail.addr.json", "web.v4"), "there are no rules of it"),
        (("mail.addr.json", "web.v4", "db.v4"), "there are no rules of it"),
    ],
)
def test_what_belongs_to_nobody_is_an_error(paths: tuple[str, ...], why: str) -> None:
    with pytest.raises(InputError) as caught:
        by_device(_files(*paths))

    assert caught.value.message == _ALONE.format(why)
    assert caught.value.span.path == paths[0]
