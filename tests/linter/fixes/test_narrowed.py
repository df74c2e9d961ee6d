"""Rules that open too much: those in their place open what policies ask for, and close the rest."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.linter.checks.samples import HTTPS, KEEP, policy, rules, site
from tests.linter.fixes.fixing import Edited, edited, fixes
from tests.linter.fixes.tools import both, needs, printed

_SELECT = ("--select", "FW2")
_HTTPS = "id: https, service: 443/tcp"
_SSH = "from: admins, id: ssh, service: 22/tcp"
_BIND = "{web: 192.0.2.10, users: office, admins: 10.1.9.0/24}"
_SSH_RULE = (
    "-s 10.1.9.0/24 -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 22 "
    '-m comment --comment "shop.ssh: shop.admins to shop.web" -j ACCEPT'
)
_NAMED = '-m comment --comment "shop.https: shop.users to shop.web" -j ACCEPT'
_FLOW = f"-s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 {_NAMED}"
_SPELT = {
    "--src 10.0.0.0/8 --destin 192.0.2.10/32 --proto tcp --dpo 1:999": (
        "-s 10.1.0.0/16 --destin 192.0.2.10/32 -p tcp -m tcp --dport 443"
    ),
    "--sou 10.0.0.0/8 --dst=192.0.2.10/32 --protocol tcp --match tcp --destination-port=443": (
        "-s 10.1.0.0/16 --dst=192.0.2.10/32 --protocol tcp --match tcp --destination-port=443"
    ),
    "-s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m multiport --destination-ports 80,443": (
        "-s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 443"
    ),
    "-m iprange --src-r 10.0.0.1-10.255.0.1 -d 192.0.2.10 -p tcp -m tcp --dpor 443": (
        "-s 10.1.0.0/16 -d 192.0.2.10 -p tcp -m tcp --dpor 443"
    ),
}
"""Long, older and shortened names: what stays has its own, as the line does."""
_FROM_ALL = "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
_OLD = HTTPS.replace("443", "8080")


def _files(name: str, text: str, *flows: str, more: str = "", bind: str = _BIND) -> dict[str, str]:
    edge = (
        f"edge: {{config: {name}, ipv6: no, "
        "interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
    )
    return {
        "shop.yaml": policy(*(flows or (_HTTPS, _SSH))),
        "site.yaml": site(edge, bind=bind, more=more),
        name: text,
    }


@pytest.mark.parametrize(
    ("rule", "flows", "expected"),
    [
        (HTTPS, (_HTTPS,), None),
        (_FROM_ALL, (_HTTPS,), [f"-A FORWARD {_FLOW}"]),
        (HTTPS.replace("443", "443:500"), (_HTTPS,), [f"-A FORWARD {_FLOW}"]),
        (
            f"[5:300] {HTTPS}".replace("--dport 443", "--dport 443:500 -m conntrack --ctstate NEW"),
            (_HTTPS,),
            [f"-A FORWARD {_FLOW.replace('443', '443 -m conntrack --ctstate NEW')}"],
        ),
        (
            HTTPS.replace(
                "tcp --dport 443", "multiport --dports 80,443,8443 -m comment --comment x"
            ),
            (_HTTPS,),
            [HTTPS.replace("-j", "-m comment --comment x -j")],
        ),
        (
            "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -i lan0 -p tcp -j ACCEPT",
            (_HTTPS, _SSH),
            [
                f"-A FORWARD {_FLOW.replace(' -p', ' -i lan0 -p')}",
                f"-A FORWARD {_SSH_RULE}",
            ],
        ),
        *(
            (f"-A FORWARD {old} -j ACCEPT", (_HTTPS,), [f"-A FORWARD {new} {_NAMED}"])
            for old, new in _SPELT.items()
        ),
        (_OLD, (_HTTPS,), []),
        ("-A FORWARD -j ACCEPT", (_HTTPS,), "no edit"),
        ("-A FORWARD -i lan0 -j ACCEPT", (_HTTPS,), "no edit"),
        (
            "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -j ACCEPT",
            tuple(
                f"id: f{n}, service: {n}/tcp, from: {who}"
                for n, who in ((443, "users"), (22, "admins"), (80, "users"), (25, "admins"))
            ),
            [],
        ),
    ],
    ids=[
        *("no-op", "sources", "ports", "what else it asks for stays", "a comment of its own"),
        *(
            "two flows",
            *_SPELT,
            "no flow at all",
            "what nobody tells of",
            "the same of one network",
        ),
        "several flows",
    ],
)
def test_of_iptables(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rule: str,
    flows: Sequence[str],
    expected: list[str] | str | None,
) -> None:
    more = [] if "443" in rule or ":999" in rule or "-p tcp -j" in rule else [HTTPS]
    files = _files("edge.rules", rules(KEEP, *more, rule), *flows)

    found = fixes(tmp_path, capsys, files, *_SELECT)

    edits = {each for each in found if isinstance(each, Edited)}
    if expected is None or expected == "no edit":
        assert (bool(found), edits) == (expected is not None, set())
        return
    assert found
    assert len({each.changes for each in edits}) == len({each[1] for each in found}) == 1
    ((line, old, new),) = edits.pop().changes
    assert (line, old) == (6 + len(more), (rule,))
    if len(flows) <= 2:
        assert list(new) == expected
    else:
        assert 2 <= len(new) <= 4


def test_what_is_no_part_of_the_opening_stays_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the site accepts, and what carries answers, is not closed."""
    text = rules(KEEP, HTTPS.replace("443", "443:444"))
    accepted = """
        accept:
          - {finding: FW206, because: until it is gone, until: "2036-01-01"}
          - {finding: FW205, because: until it is gone, until: "2036-01-01"}
    """
    free = fixes(tmp_path, capsys, _files("edge.rules", text, _HTTPS), *_SELECT)
    kept = fixes(tmp_path, capsys, _files("edge.rules", text, _HTTPS, more=accepted), *_SELECT)

    assert [isinstance(each, Edited) for each in free] == [True]
    assert kept == []

    back = "-A FORWARD -s 192.0.2.10/32 -d 10.1.0.0/16 -p tcp -j ACCEPT"
    files = _files("edge.rules", rules(HTTPS, back), _HTTPS)
    assert not any(isinstance(each, Edited) for each in fixes(tmp_path, capsys, files, *_SELECT))


_NFT = """table inet f {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept # handle 2
		RULE # handle 3
	}
}
"""
_COMMENT = ' comment "shop.https: shop.users to shop.web"'
_HALF = "ip daddr 192.0.2.10 tcp dport 443"
_WHOLE = f"ip saddr 10.1.0.0/16 {_HALF}"
_RIGHT = f"{_WHOLE} accept"
_LOG = 'log prefix "no comment ip saddr 10.1.0.0/16 tcp dport 22 "'
_TOLD = f'{_LOG} accept comment "was ip saddr 10.1.0.0/16 tcp dport 22"'
_NFT_SSH = (
    "ip saddr 10.1.9.0/24 ip daddr 192.0.2.10 tcp dport 22 accept"
    ' comment "shop.ssh: shop.admins to shop.web"'
)
_NFT_ROWS: list[tuple[str, list[str] | str | None]] = [
    (_RIGHT, None),
    ("ip daddr 192.0.2.10 tcp dport 443 accept", [f"{_RIGHT}{_COMMENT}"]),
    (
        "ip saddr 10.0.0.0/8 ip daddr 192.0.2.10 tcp dport 443 counter accept",
        [f"{_RIGHT.replace('accept', 'counter accept')}{_COMMENT}"],
    ),
    (
        'iifname "lan0" ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 tcp dport 1-999 accept',
        [f'iifname "lan0" {_RIGHT}{_COMMENT}'],
    ),
    (
        "ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 accept",
        [
            f"{_RIGHT}{_COMMENT}",
            _NFT_SSH,
            "ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 meta l4proto icmp accept",
        ],
    ),
    ("ip saddr 10.1.0.0/16 accept", "no edit"),
    (f"{_HALF} {_LOG} accept", [f"{_WHOLE} {_LOG} accept{_COMMENT}"]),
    (f"{_HALF} {_TOLD}", [f"{_WHOLE} {_TOLD}"]),
    (f"{_WHOLE.replace('443', '1-999')} {_LOG} accept", [f"{_WHOLE} {_LOG} accept{_COMMENT}"]),
    (
        "ip daddr . tcp dport { 192.0.2.10 . 443 } accept",
        [f"ip saddr 10.1.0.0/16 ip daddr . tcp dport {{ 192.0.2.10 . 443 }} accept{_COMMENT}"],
    ),
]
_IDS = [
    *("no-op", "sources", "a wider network", "ports", "two flows", "what nobody tells of"),
    *("a text like a condition", "a comment like conditions", "a text like a comment"),
    "a condition for two fields",
]


@pytest.mark.parametrize(
    "statement",
    [
        "counter",
        "delete @seen { ip saddr . tcp dport }",
        "delete @seen { ip saddr . tcp dport timeout 5m }",
        "delete @ports { tcp dport timeout 5m }",
        "dup to ip saddr map { 10.1.0.1 : 10.1.0.2 }",
    ],
)
@pytest.mark.parametrize("old", [_HALF, _WHOLE.replace("443", "1-999")], ids=["sources", "ports"])
def test_what_other_statements_ask_for_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, statement: str
) -> None:
    sets = "".join(
        f"\tset {name} {{\n\t\ttype {kind}\n\t\tflags dynamic,timeout\n\t}}\n"
        for name, kind in (("seen", "ipv4_addr . inet_service"), ("ports", "inet_service"))
    )
    text = _NFT.replace("\tchain", f"{sets}\tchain").replace("RULE", f"{old} {statement} accept")

    found = fixes(tmp_path, capsys, _files("edge.nft", text, _HTTPS), *_SELECT)

    (new,) = {each.changes[0][2] for each in found if isinstance(each, Edited)}
    assert new == (f"\t\t{_WHOLE} {statement} accept{_COMMENT} # handle 3",)


@pytest.mark.parametrize(("rule", "expected"), _NFT_ROWS, ids=_IDS)
def test_of_nftables(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rule: str,
    expected: list[str] | str | None,
) -> None:
    flows = (_HTTPS, _SSH) if isinstance(expected, list) and len(expected) > 1 else (_HTTPS,)
    files = _files("edge.nft", _NFT.replace("RULE", rule), *flows)

    found = fixes(tmp_path, capsys, files, *_SELECT)

    edits = {each for each in found if isinstance(each, Edited)}
    if not isinstance(expected, list):
        assert (bool(found), edits) == (expected is not None, set())
        return
    first, *others = expected
    (edit,) = {each.changes for each in edits}
    new = (f"\t\t{first} # handle 3", *(f"\t\t{each}" for each in others))
    assert edit == ((5, (f"\t\t{rule} # handle 3",), new),)
    (commands,) = {each.commands for each in edits}
    place = "rule inet f forward handle 3"
    assert commands == (
        (*(f"nft 'insert {place} {each}'" for each in expected), f"nft 'delete {place}'")
        if others
        else (f"nft 'replace {place} {first}'",)
    )


@pytest.mark.kernel
@needs("unshare", "nft")
@pytest.mark.parametrize("form", ["-a", "-j -a"])
@pytest.mark.parametrize("rule", [rule for rule, expected in _NFT_ROWS if type(expected) is list])
def test_nft_takes_the_edits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, rule: str
) -> None:
    seed = _NFT.replace("RULE", rule)
    text = printed(f"nft -f - <<'END'\n{seed}END\nnft {form} list ruleset") + "\n"
    found = fixes(tmp_path, capsys, _files("edge.nft", text), *_SELECT)

    edits = {each.changes: each for each in found if isinstance(each, Edited)}
    assert len(edits) == 1
    for each in edits.values():
        new, load = edited(text, each), "nft -j -f -" if "-j" in form else "nft -f -"
        orders = "\n".join(each.commands)
        made = printed(f"nft -f - <<'END'\n{seed}END\n{orders}\nnft list ruleset")
        assert made == printed(f"{load} <<'END'\n{new}END\nnft list ruleset")


@pytest.mark.kernel
@needs("unshare", "iptables", "iptables-restore", "iptables-save")
@pytest.mark.parametrize(
    "rule", [_FROM_ALL, _OLD, "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -j ACCEPT"]
)
def test_iptables_takes_the_edits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str
) -> None:
    text = rules(KEEP, rule, "-A FORWARD -j REJECT --reject-with icmp-port-unreachable")
    found = fixes(tmp_path, capsys, _files("edge.rules", text), *_SELECT)

    edits = {each.changes: each for each in found if isinstance(each, Edited)}
    assert len(edits) == 1
    for each in edits.values():
        new = edited(text, each)
        printed(f"iptables-restore --test <<'END'\n{new}END\n")
        made, loaded = both("iptables-restore", text, new, each.commands, "iptables-save")
        assert made == loaded
