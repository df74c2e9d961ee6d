"""The product policies that come with fwlint, one YAML file each."""

from typing import Final

TITLES: Final = {
    "1e": "1E platform (Tachyon), on-premises",
    "active-directory": "Active Directory domains and trusts",
    "freeipa": "FreeIPA (Red Hat Identity Management)",
    "kubernetes": "Kubernetes (kubeadm)",
    "leap": "LEAP platform provider",
    "mecm": "Microsoft Configuration Manager",
    "onion-id": "Thycotic Access Control (Onion ID), on-premises",
}
"""Their names and titles: nobody who asks for one of them pays for reading the others."""
