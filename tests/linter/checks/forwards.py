"""A policy, an address and rules of port forwards that tests of translations share."""

from tests.linter.checks.samples import policy

POLICY = policy("id: https, from: internet, service: 443/tcp")
PUBLIC = "{web: {address: 192.0.2.10, public: 203.0.113.5}, users: office}"
TO_WEB = "-A FORWARD -i wan0 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
DNAT = (
    "-A PREROUTING -i wan0 -d 203.0.113.5/32 -p tcp -m tcp --dport 443"
    " -j DNAT --to-destination 192.0.2.10"
)
WRONG = DNAT.replace("192.0.2.10", "192.0.2.99")
"""To a machine that is none of the policy's."""
