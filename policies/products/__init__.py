"""The product policies that come with fwlint, one YAML file each."""

from typing import Final

TITLES: Final = {
    "1e": "1E platform (Tachyon), on-premises",
    "aap": "Ansible Automation Platform",
    "active-directory": "Active Directory domains and trusts",
    "ceph": "Ceph",
    "consul": "Consul",
    "foreman": "Foreman, Katello, Red Hat Satellite",
    "freeipa": "FreeIPA (Red Hat Identity Management)",
    "gitlab": "GitLab self-managed (Linux package)",
    "k3s": "K3s",
    "kubernetes": "Kubernetes (kubeadm)",
    "leap": "LEAP platform provider",
    "mecm": "Microsoft Configuration Manager",
    "onion-id": "Thycotic Access Control (Onion ID), on-premises",
    "openshift": "OpenShift 4, user-provisioned",
    "proxmox": "Proxmox VE",
    "rke2": "RKE2 (Rancher Kubernetes)",
    "vault": "HashiCorp Vault",
    "veeam": "Veeam Backup & Replication",
    "wazuh": "Wazuh",
}
"""Their names and titles: nobody who asks for one of them pays for reading the others."""
