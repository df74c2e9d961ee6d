"""What is open to first packets that have more TCP flags than SYN, in FW205."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HTTPS,
    KEEP,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*EXPOSURE, *REQUIRED)

_TO = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp --dport 8080"
_OPEN = (
    "FW205 warning: 8080/tcp on web is open to office through edge; no policy asks for it "
    "[tcp 10.1.0.7:40000 > 192.0.2.10:8080 flags syn,psh in lan0 out dmz0]"
)


@pytest.mark.parametrize(
    ("filtering", "expected"),
    [
        ([HTTPS, f"{_TO} ! --tcp-flags ALL SYN -j ACCEPT"], [f"edge.rules:7: {_OPEN}"]),
        (
            [HTTPS, f"{_TO} --tcp-flags ALL SYN -j DROP", f"{_TO} -j ACCEPT"],
            [f"edge.rules:8: {_OPEN}"],
        ),
        ([HTTPS, f"{_TO} ! --syn -j ACCEPT"], []),
        ([HTTPS, f"{_TO} --syn -j DROP", f"{_TO} -j ACCEPT"], []),
        (["-A FORWARD -p tcp --tcp-flags ALL SYN,PSH -j DROP", HTTPS], []),
    ],
    ids=[
        "other flags",
        "but for SYN alone",
        "no SYN",
        "but for SYN",
        "a needed flow has SYN alone",
    ],
)
def test_a_listener_looks_at_four_flags(
    filtering: list[str], expected: list[str], tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, *filtering)}

    assert lines(found(tmp_path, policy(), site(), exports)) == expected


def test_flags_are_told_apart_in_a_concatenation_too(tmp_path: Path) -> None:
    """0xc2 is what systems send that ask for congestion notification."""
    allowed = (
        "ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 tcp flags . tcp dport { 0xc2 . 8080 } accept"
    )
    text = (
        "table inet t {\n\tchain f {\n"
        "\t\ttype filter hook forward priority filter; policy drop;\n"
        "\t\tct state established,related accept\n"
        "\t\tip saddr 10.1.0.0/16 ip daddr 192.0.2.10 tcp dport 443 accept\n"
        f"\t\t{allowed}\n\t}}\n}}\n"
    )

    told = lines(found(tmp_path, policy(), site(), {"edge.rules": text}))

    assert told == [f"edge.rules:6: {_OPEN.replace('syn,psh', 'syn,ece,cwr')}"]
