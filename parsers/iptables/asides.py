"""Options that say nothing which the model holds: what they are, and the words behind each.

They are of targets that log, count, or change what the model does not have, and of matches that
ask for headers which no packet of the model has. Their words are checked all the same: one that
iptables does not take makes the whole export one that does not load.
"""

import re
from typing import Final

from flowmodel.record import NamedTuple
from parsers.iptables.options import ForeignError, Plain
from parsers.shared.values import MalformedError


class Aside(NamedTuple):
    """The options of a target or match: a pattern for each word behind one."""

    options: dict[str, tuple[str, ...]]
    one_of: frozenset[str] = frozenset()
    """The options of which one must be there."""
    all_of: frozenset[str] = frozenset()
    """The options that must be there."""


_NUMBER: Final = "0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}"
_MASKED: Final = rf"(?:{_NUMBER})(?:/(?:{_NUMBER}))?"
_ANY: Final = r"(?s:.+)"
_SIDES: Final = "(?:src|dst)(?:,(?:src|dst)){0,5}"
_SET: Final = (r"\S{1,31}", _SIDES)
_PRIORITIES: Final = "alert|crit|debug|emerg|error|info|notice|panic|warning"
_SERVICES: Final = "minimize-delay|maximize-throughput|maximize-reliability|minimize-cost"
_CLASSES: Final = "af[1-4][1-3]|be|ef|cs[0-7]"
_TCP_OPTIONS: Final = (
    rf"{_NUMBER}|wscale|mss|sack-permitted|sack|timestamp|md5"  # libxt_TCPOPTSTRIP.c, tcp_optionmap
)
_SECONDS: Final = r"[0-9.e+]+(?:s|sec|ms|msec|us|usec)?"
_NEW_SET: Final = frozenset({"--add-set", "--del-set", "--map-set"})


def _needing(options: dict[str, tuple[str, ...]]) -> Aside:
    """A target that says at least one of its options."""
    return Aside(options, one_of=frozenset(options))


# The packet goes on to the next rule: each one's xt_*.c returns XT_CONTINUE.
# Sources: iptables-extensions(8), TARGET EXTENSIONS; extensions/libxt_*.c of iptables.
CONTINUES: Final[dict[str, Aside]] = {
    "LOG": Aside(
        {
            "--log-level": (rf"[0-7]|(?i:{_PRIORITIES})",),
            "--log-prefix": (_ANY,),
            **dict.fromkeys(
                (
                    *("--log-tcp-sequence", "--log-tcp-options", "--log-ip-options"),
                    *("--log-uid", "--log-macdecode"),
                ),
                (),
            ),
        }
    ),
    "NFLOG": Aside(
        {
            "--nflog-prefix": (_ANY,),
            **dict.fromkeys(
                ("--nflog-group", "--nflog-range", "--nflog-size", "--nflog-threshold"), (_NUMBER,)
            ),
        }
    ),
    "ULOG": Aside(
        {
            "--ulog-prefix": (_ANY,),
            **dict.fromkeys(("--ulog-nlgroup", "--ulog-cprange", "--ulog-qthreshold"), (_NUMBER,)),
        }
    ),
    "TRACE": Aside({}),
    "AUDIT": _needing({"--type": ("accept|drop|reject",)}),
    "CHECKSUM": _needing({"--checksum-fill": ()}),
    "CLASSIFY": _needing({"--set-class": ("[0-9a-fA-F]{1,8}:[0-9a-fA-F]{1,8}",)}),
    "TOS": _needing(
        {
            "--set-tos": (rf"{_MASKED}|(?i:{_SERVICES}|normal-service)",),
            **dict.fromkeys(("--and-tos", "--or-tos", "--xor-tos"), (_NUMBER,)),
        }
    ),
    "DSCP": _needing(
        {"--set-dscp": (_NUMBER,), "--set-dscp-class": (rf"(?i:{_CLASSES})",)},
    ),
    "TCPMSS": _needing({"--set-mss": (_NUMBER,), "--clamp-mss-to-pmtu": ()}),
    "IDLETIMER": Aside(
        {"--timeout": (_NUMBER,), "--label": (_ANY,), "--alarm": (), "--send_nl_msg": (_NUMBER,)},
        all_of=frozenset({"--timeout", "--label"}),
    ),
    "LED": Aside(
        {
            "--led-trigger-id": (_ANY,),
            "--led-delay": (rf"{_NUMBER}|inf",),
            "--led-always-blink": (),
        },
        all_of=frozenset({"--led-trigger-id"}),
    ),
    "RATEEST": Aside(
        {
            "--rateest-name": (_ANY,),
            **dict.fromkeys(
                ("--rateest-interval", "--rateest-ewmalog"),
                (_SECONDS,),
            ),
        },
        all_of=frozenset({"--rateest-name", "--rateest-interval", "--rateest-ewmalog"}),
    ),
    "SECMARK": _needing({"--selctx": (_ANY,)}),
    "CONNSECMARK": _needing({"--save": (), "--restore": ()}),
    "ECN": _needing(
        {
            "--ecn-tcp-remove": (),
            **dict.fromkeys(("--ecn-tcp-cwr", "--ecn-tcp-ece"), ("[01]",)),
            "--ecn-ip-ect": ("[0-3]",),
        }
    ),
    "SET": Aside(
        {
            **dict.fromkeys(sorted(_NEW_SET), _SET),
            "--timeout": (_NUMBER,),
            **dict.fromkeys(("--exist", "--map-mark", "--map-prio", "--map-queue"), ()),
        },
        one_of=_NEW_SET,
    ),
    "TCPOPTSTRIP": _needing({"--strip-options": (rf"(?:{_TCP_OPTIONS})(?:,(?:{_TCP_OPTIONS}))*",)}),
}


_RANGE: Final = rf"(?:{_NUMBER})?(?::(?:{_NUMBER})?)?"
_LISTED: Final = rf"(?:{_NUMBER})(?::(?:{_NUMBER}))?"
_OPTIONS: Final = rf"{_LISTED}(?:,{_LISTED})*"
_PREFIX: Final = r"[0-9A-Fa-f:.]+(?:/[0-9A-Fa-f:.]+)?"
_SRH_NUMBERS: Final = tuple(
    f"--srh-{field}-{how}"
    for field in ("hdr-len", "segs-left", "last-entry")
    for how in ("eq", "gt", "lt")
)
# They ask for IPv6 extension headers, and match no packet without them, negated or not
# (ip6t_rt.c, ip6t_frag.c, ip6t_hbh.c, ip6t_srh.c). Packets in the model have none.
# Source of the options: extensions/libip6t_*.c of iptables.
ABSENT_HEADERS: Final[dict[str, Aside]] = {
    "rt": Aside(
        {
            "--rt-type": (_NUMBER,),
            "--rt-segsleft": (_RANGE,),
            "--rt-len": (_NUMBER,),
            "--rt-0-res": (),
            "--rt-0-addrs": (rf"{_PREFIX}(?:,{_PREFIX})*",),
            "--rt-0-not-strict": (),
        }
    ),
    "frag": Aside(
        {
            "--fragid": (_RANGE,),
            "--fraglen": (_NUMBER,),
            **dict.fromkeys(("--fragres", "--fragfirst", "--fragmore", "--fraglast"), ()),
        }
    ),
    "hbh": Aside({"--hbh-len": (_NUMBER,), "--hbh-opts": (_OPTIONS,)}),
    "dst": Aside({"--dst-len": (_NUMBER,), "--dst-opts": (_OPTIONS,)}),
    "srh": Aside(
        {
            "--srh-next-hdr": (r"[\w.-]+",),
            **dict.fromkeys(_SRH_NUMBERS, (_NUMBER,)),
            "--srh-tag": (_NUMBER,),
            **dict.fromkeys(("--srh-psid", "--srh-nsid", "--srh-lsid"), (_PREFIX,)),
        }
    ),
}


def arity(known: Aside | None, option: str) -> int | None:
    """How many words follow the option; None if it is not known."""
    return len(known.options[option]) if known and option in known.options else None


def check(name: str, known: Aside, found: list[Plain], *, negates: bool = False) -> None:
    """Raises MalformedError for what iptables does not take, ForeignError for unknown options."""
    said: set[str] = set()
    for plain in found:
        wanted = known.options.get(plain.name)
        if wanted is None:
            raise ForeignError(plain.name)
        if plain.name in said:
            raise MalformedError(f"`{plain.name}` stands twice", plain.text)
        if plain.is_negated and not negates:
            raise MalformedError(f"`{plain.name}` takes no negation", plain.text)
        said.add(plain.name)
        for pattern, value in zip(wanted, plain.values, strict=True):
            if not re.fullmatch(pattern, value):
                raise MalformedError(f"`{value}` is no value of `{plain.name}`", plain.text)
    missing = sorted(known.all_of - said)
    if known.one_of and not known.one_of & said:
        missing = sorted(known.one_of)[:1]
    if missing:
        raise MalformedError(f"`-j {name}` needs `{missing[0]}`", f"-j {name}")
