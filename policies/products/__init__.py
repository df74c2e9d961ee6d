"""The product policies that come with fwlint, one YAML file each."""

from typing import Final

TITLES: Final = {
    "1e": "1E platform (Tachyon), on-premises",
    "ceph": "Ceph",
    "consul": "Consul",
    "kubernetes": "Kubernetes (kubeadm)",
    "leap": "LEAP platform provider",
    "onion-id": "Thycotic Access Control (Onion ID), on-premises",
    "vault": "HashiCorp Vault",
    "veeam": "Veeam Backup & Replication",
}
"""Their names and titles: nobody who asks for one of them pays for reading the others."""
