"""An error is one line, whatever it quotes."""

import pytest

from flowmodel.source import InputError, Span

_HERE = Span("x", 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("`a\n\t\tb` is no address", "`a b` is no address"),
        ("`a\r\nb` is no address", "`a b` is no address"),
        ("`a  \x85b\t` is no address", "`a  \x85b\t` is no address"),
        ("it is empty", "it is empty"),
    ],
)
def test_an_error_about_several_lines_is_one_line(message: str, expected: str) -> None:
    error = InputError(message, _HERE)

    assert error.message == str(error) == expected
