"""One line of the tables of what says nothing about packets."""

from typing import NamedTuple


class Nothing(NamedTuple):
    """A place that says nothing about packets."""

    pattern: str
    """Of a text: its first group, or all of it. It is of a path in JSON or XML if it begins with
    `/` or `^/`."""
    because: str
    deed: str = ""
    """The only changes that it is about, where others of the place must show."""

    @property
    def is_path(self) -> bool:
        """Whether the pattern is one of paths."""
        return self.pattern.startswith(("/", "^/", "(?i)^/"))
