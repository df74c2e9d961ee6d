"""What the loader says about flows that cannot be read, word for word."""

from pathlib import Path

import pytest

from tests.policies.samples import message, policy_text

FLOW_ERRORS = {
    "no service": ("purpose: x", "14:9: a flow must have exactly one of `service:` and `any_of:`"),
    "both": (
        "service: 1/tcp\nany_of: [2/tcp, 3/tcp]",
        "14:9: a flow must have exactly one of `service:` and `any_of:`",
    ),
    "no protocol": (
        "service: 443",
        "17:18: `443` has no protocol; write `443/tcp` or `443/tcp+udp`",
    ),
    "the wrong way round": ("service: tcp/443", "17:18: the port comes first; write `443/tcp`"),
    "an unknown protocol": (
        "service: 443/tpc",
        "17:18: unknown protocol `tpc`; did you mean `tcp`?",
    ),
    "a protocol without ports": (
        "service: 1/esp",
        "17:18: `esp` has no ports; write it on its own",
    ),
    "the type behind the protocol": (
        "service: icmp/8",
        "17:18: the type comes first; write `8/icmp`",
    ),
    "an ICMP type that is too high": (
        "service: 256/icmp",
        "17:18: `256` is not an ICMP type (0 to 255)",
    ),
    "an ICMP type by its name": (
        "service: echo-request/icmpv6",
        "17:18: `echo-request` is not an ICMP type (0 to 255)",
    ),
    "an ICMP code that is too high": (
        "service: 3/1-256/icmp",
        "17:18: `1-256` is not an ICMP code (0 to 255)",
    ),
    "ICMP types backwards": (
        "service: 12-3/icmp",
        "17:18: the types `12-3` end before they start",
    ),
    "an ICMP type with two codes": (
        "service: 3/4/1/icmp",
        "17:18: `3/4/1/icmp` must be a type, perhaps a code, and `icmp`: `3/4/icmp`",
    ),
    "ICMP beside another protocol": (
        "service: 8/icmp+tcp",
        "17:18: `icmp` has no ports; write it on its own",
    ),
    "a protocol that needs ports": ("service: tcp", "17:18: `tcp` needs a port, as in `443/tcp`"),
    "one protocol twice": (
        "service: 1/tcp+tcp",
        "17:18: `tcp+tcp` names a protocol twice; write `1/tcp`",
    ),
    "port 0": ("service: 0/tcp", "17:18: `0` is not a valid port (1 to 65535)"),
    "port 65536": ("service: 1,65536/tcp", "17:18: `65536` is not a valid port (1 to 65535)"),
    "an octal-looking port": ("service: 022/tcp", "17:18: port `022` has a leading zero"),
    "iptables' spelling of a range": (
        "service: 22:53/tcp",
        "17:18: `22:53` is not a port number; write `22-53/tcp`",
    ),
    "a range backwards": ("service: 53-22/tcp", "17:18: port range `53-22` ends before it starts"),
    "any port": (
        "service: any/tcp",
        "17:18: `any` is not a port number; write `1-65535/tcp`",
    ),
    "all services": (
        "service: all",
        "17:18: `all` is not a service; write `any`",
    ),
    "a parameter without a protocol": (
        "service: $port",
        "17:18: `$port` has no protocol; write `$port/tcp` or `$port/tcp+udp`",
    ),
    "no port": ("service: /tcp", "17:18: `` is not a port number"),
    "an unknown parameter": (
        "service: $prot/tcp",
        "17:18: unknown parameter `$prot`; none are defined",
    ),
    "an unknown role": (
        "from: user\nto: web\nservice: 1/tcp",
        "15:15: unknown role or peer `user`; did you mean `users`?",
    ),
    "an unknown address of a role": (
        "from: users\nto: db.insid\nservice: 1/tcp",
        "16:13: unknown role or peer `db.insid`; did you mean `db.inside` or `db.outside`?",
    ),
    "a source that is self": (
        "from: self\nto: web\nservice: 1/tcp",
        "14:9: `self` can only be used in `to:`, where each source connects to itself",
    ),
    "self and others": (
        "from: web\nto: [self, db]\nservice: 1/tcp",
        "14:9: `self` cannot be combined with other names in `to:`; write two flows",
    ),
    "a role twice": (
        "from: [users, users]\nto: web\nservice: 1/tcp",
        "15:23: role or peer `users` is listed twice",
    ),
    "an empty list": (
        "from: []\nto: web\nservice: 1/tcp",
        "15:15: role or peer is an empty list",
    ),
    "an unknown key": (
        "service: 1/tcp\nservcie: 1/tcp",
        "18:9: unknown key `servcie` in a flow; did you mean `service`?",
    ),
    "no value": ("service: 1/tcp\napp:", "18:9: `app` has no value"),
    "an unknown need": (
        "service: 1/tcp\nneed: shuold",
        "18:15: invalid value `shuold` for `need`; did you mean `should`?",
    ),
    "an unknown option": ("service: 1/tcp\nwhen: x", "18:15: unknown option `x`; none are defined"),
    "an unknown severity": (
        "service: 1/tcp\nseverity: high",
        "18:19: invalid value `high` for `severity`; expected `critical`",
    ),
    "neither yes nor no": (
        "service: 1/tcp\nadmin: true",
        "18:16: admin must be `yes` or `no`, not `true`",
    ),
    "an unknown row": ("service: 1/tcp\nrows: [A1]", "18:16: unknown row `A1`; none are defined"),
    "an unknown source": (
        "service: 1/tcp\nrecovered: {to: page}",
        "18:25: unknown source `page`; none are defined",
    ),
    "an unknown field": (
        "service: 1/tcp\ninferred: [form]",
        "18:20: unknown field `form`; did you mean `from`?",
    ),
    "one alternative": ("any_of: [1/tcp]", "17:17: `any_of` needs at least two alternatives"),
    "an alternative that is two": (
        "any_of: [1/tcp+udp, 2/tcp]",
        "17:18: an alternative has one protocol; split `1/tcp+udp` in two",
    ),
    "alternatives that never": (
        "any_of: [1/tcp, 2/tcp]\nneed: never",
        "17:17: `any_of` cannot be combined with `need: never`; use `service:`",
    ),
    "text where a list is no list": (
        "service: {a: b}",
        "17:18: a service must be text, not a mapping",
    ),
}


@pytest.mark.parametrize(("flow", "expected"), FLOW_ERRORS.values(), ids=FLOW_ERRORS)
def test_a_flow_that_cannot_be_read_is_one_error(flow: str, expected: str, tmp_path: Path) -> None:
    found = message(tmp_path, policy_text(flow, more="\n\n")).splitlines()

    assert [line for line in found if line.startswith("shop.yaml")] == [f"shop.yaml:{expected}"]
