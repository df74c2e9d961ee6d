"""A site with all three products, for one firewall with a generated export."""

_SITE = """\
fwlint: site/1
name: bench
networks:
  dmz: [192.0.2.0/28]
  servers: [10.20.0.0/24]
  corp: [10.10.0.0/16]
  mgmt: [10.99.0.0/24]
devices:
  fw:
    config: [EXPORTS]
    PLACE
    ipv6: no
use:
  onion-id:
    options: {https: yes, outside_users: no}
    bind:
      linux-vm: 192.0.2.10
      windows-vm: 10.20.0.21
      users: corp
      ssh-users: 10.10.8.0/22
      admins: mgmt
      dns: [10.20.0.53, 10.20.0.54]
      windows-targets: 10.20.0.128/25
      ssh-targets: 10.20.0.64/26
  1e:
    options: {dmz_server: yes, named_sql_instance: no}
    parameters: {switch_port: 4100, dmz_switch_port: 4100}
    bind:
      master: 10.20.0.30
      response: 10.20.0.30
      dmz: 192.0.2.11
      sql-master: 10.20.0.40
      sql-responses: 10.20.0.40
      clients: corp
      browsers: mgmt
      smtp-relay: 10.20.0.25
      configmgr: none
      inventory: none
      crl: 10.20.0.80
  leap:
    bind:
      webapp: 192.0.2.12
      mx: 192.0.2.13
      soledad: 192.0.2.14
      openvpn: {ip_address: none, gateway_address: none}
      other-nodes: 10.20.0.90
      sysadmins: mgmt
"""
_ROUTER = "interfaces: {wan0: internet, dmz0: dmz, core0: corp, srv0: servers, mg0: mgmt}"
_MACHINE = "host: [leap.webapp]\n    interfaces: {eth0: [internet, dmz, servers, corp, mgmt]}"


def site(*exports: str, is_machine: bool = False) -> str:
    """The site file whose firewall has the exports: a router, or one machine's own firewall."""
    place = _MACHINE if is_machine else _ROUTER
    return _SITE.replace("EXPORTS", ", ".join(exports)).replace("PLACE", place)
