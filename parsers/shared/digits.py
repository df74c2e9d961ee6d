"""Numbers as the tools write them: Python's `isdecimal` takes the digits of all scripts."""


def is_decimal(text: str) -> bool:
    """Whether it has the digits from 0 to 9 alone, and at least one."""
    return text.isascii() and text.isdecimal()
