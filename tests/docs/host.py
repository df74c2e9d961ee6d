"""The host of docs/tutorial.md: what ufw makes of its commands, and what the host then exports."""

import re
from dataclasses import dataclass, field

from tests import DEFAULTS

_PORT = re.compile(r"(\d+)/(tcp|udp)")
_FROM = re.compile(r"from ([\d./]+) to any port (\d+) proto (tcp|udp)")


@dataclass
class Host:
    """A machine with ufw, which has loaded its own rules and those of a user."""

    rules: list[str] = field(default_factory=list)

    def ufw(self, words: str) -> None:
        """Does what `ufw WORDS` does."""
        is_deleted, rule = words.startswith("delete "), words.removeprefix("delete ")
        allowed = rule.removeprefix("allow ")
        assert allowed != rule
        if is_deleted:
            self.rules.remove(allowed)
        else:
            assert allowed not in self.rules
            self.rules.append(allowed)

    def export(self, program: str) -> str:
        """The output of iptables-save or ip6tables-save."""
        name, six = ("rules.v6", "6") if program == "ip6tables-save" else ("rules.v4", "")
        lines = []
        for rule in self.rules:
            if match := _PORT.fullmatch(rule):
                port, protocol = match.groups()
                source = ""
            else:
                match = _FROM.fullmatch(rule)
                assert match, rule
                source, port, protocol = match.groups()
                if six:
                    continue
            within = f" -s {source if '/' in source else source + '/32'}" if source else ""
            match_port = f"-p {protocol} -m {protocol} --dport {port}"
            lines.append(f"-A ufw{six}-user-input{within} {match_port} -j ACCEPT")
        text = (DEFAULTS / "ufw" / name).read_text(encoding="utf-8")
        own = f"-A ufw{six}-user-input -p tcp -m tcp --dport 22 -j ACCEPT"
        assert own in text
        return text.replace(own, "\n".join(lines))
