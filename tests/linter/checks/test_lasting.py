"""The text of a rule names it in every run, whatever it has counted."""

import pytest

from linter.checks.lasting import lasting


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tcp dport 22 counter packets 5 bytes 300 accept", "tcp dport 22 counter accept"),
        ("counter packets 0 bytes 0", "counter"),
        ("quota over 25 mbytes used 3 kbytes drop", "quota over 25 mbytes drop"),
        ("quota 25 mbytes drop", "quota 25 mbytes drop"),
        ("last used 3d4h5m6s7ms accept", "last accept"),
        ("last used never accept", "last accept"),
        ("-A INPUT -c 5 300 -j ACCEPT", "-A INPUT -j ACCEPT"),
        ("-A INPUT -p tcp --set-counters 5 300 -j DROP", "-A INPUT -p tcp -j DROP"),
        ('{"counter": {"packets": 5, "bytes": 300}}', '{"counter": {}}'),
        ("-A INPUT -m comment --comment counter -j DROP", None),
        ("tcp dport 22 counter name ssh accept", None),
        ("limit rate 5/second burst 5 packets", None),
        ("-A INPUT -p tcp --dport 22 -j ACCEPT", None),
    ],
)
def test_counters_are_no_part_of_a_name(text: str, name: str | None) -> None:
    assert lasting(text) == (text if name is None else name)
