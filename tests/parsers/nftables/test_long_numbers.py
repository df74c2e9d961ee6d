"""Numbers of thousands of digits, which Python does not read, are refused where they stand."""

import pytest

from flowmodel.source import InputError
from parsers.shared.values import decimal
from tests.parsers.nftables.samples import export, text

_LONG = "9" * 5000
_COMMANDS = "add table inet t\nadd chain inet t c\n"


@pytest.mark.parametrize(
    "export_text",
    [
        text(f"ip saddr 10.0.0.0/{_LONG} accept"),
        text(f"tcp dport {_LONG} accept"),
        text(f"meta mark set {_LONG}"),
        text(f"reject with icmp {_LONG}"),
        f"table inet t {{ chain c {{ type filter hook input priority {_LONG}; }} }}\n",
        f"table inet t {{ chain c {{ type filter hook input priority filter + {_LONG}; }} }}\n",
        f"{_COMMANDS}insert rule inet t c position {_LONG} accept\n",
        f"{_COMMANDS}add rule inet t c index {_LONG} accept\n",
    ],
    ids=["prefix", "port", "mark", "code", "priority", "offset", "position", "index"],
)
def test_a_number_that_no_field_has_is_refused(export_text: str) -> None:
    with pytest.raises(InputError) as refused:
        export(export_text)

    assert refused.value.span is not None


@pytest.mark.parametrize(
    ("digits", "expected"), [("0", 0), ("007", 7), (" 12 ", 12), (_LONG, 10**40)]
)
def test_decimal_digits_of_any_length_are_a_number(digits: str, expected: int) -> None:
    assert decimal(digits) == expected
