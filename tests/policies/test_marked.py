"""The services that a site file marks, and those that it does not."""

from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from tests.policies.samples import errors_of, load_site_text, site_text


@pytest.mark.parametrize(
    ("text", "added", "removed"),
    [
        ("", [], []),
        ("marked: {add: 9000/tcp}\n", [(6, ((9000, 9000),))], []),
        (
            "marked: {add: [9000-9010/tcp+udp], remove: [22/tcp, 161/udp]}\n",
            [(6, ((9000, 9010),)), (17, ((9000, 9010),))],
            [(6, ((22, 22),)), (17, ((161, 161),))],
        ),
    ],
)
def test_services_are_added_and_removed(
    text: str, added: list[object], removed: list[object], tmp_path: Path
) -> None:
    site = load_site_text(tmp_path, site_text(more=text))

    assert [(each.proto, each.ports) for each in site.marked] == added
    assert [(each.proto, each.ports) for each in site.unmarked] == removed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "marked: {add: [icmp, 9000/tcp]}\n",
            "11:16: `icmp` has no ports; write them, as in 8080/tcp",
        ),
        (
            "marked: {remove: ssh}\n",
            "11:18: `ssh` is not a service; write `22/tcp`",
        ),
        (
            "marked: {also: 22/tcp}\n",
            "11:10: unknown key `also` in `marked`; expected one of `add`, `remove`",
        ),
    ],
)
def test_what_is_no_service_with_ports_is_an_error(
    text: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, site_text(more=text))

    first = errors_of(caught.value, tmp_path).splitlines()[0]
    assert first == f"site.yaml:{expected}"
