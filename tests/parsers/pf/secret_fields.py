"""A config.xml of each product with a secret in every field that holds one."""

from xml.etree.ElementTree import Element, fromstring

from tests.oracles.pf.tree import add

SIGN = "zqx"
"""Every secret is made of this: any four letters of one show it."""

# Paths of elements, most of them as backups of each product mask them (config.lib.inc,
# backup.inc: the list of what `sanitize` strips) and as the packages name them.
PFSENSE = (
    "system/user/bcrypt-hash",
    "system/user/sha512-hash",
    "system/user/authorizedkeys",
    "system/user/ipsecpsk",
    "system/authserver/radius_secret",
    "system/authserver/ldap_bindpw",
    "system/webgui/loginautocomplete_token",
    "system/proxypass",
    "notifications/smtp/password",
    "notifications/telegram/api",
    "notifications/pushover/apikey",
    "notifications/slack/api",
    "cert/prv",
    "cert/crt",
    "ca/prv",
    "ca/crt",
    "crl/text",
    "ipsec/phase1/pre-shared-key",
    "ipsec/mobilekey/pre-shared-key",
    "ipsec/client/radius_secret",
    "openvpn/openvpn-server/tls",
    "openvpn/openvpn-server/shared_key",
    "openvpn/openvpn-server/custom_options",
    "openvpn/openvpn-client/auth_pass",
    "openvpn/openvpn-client/proxy_passwd",
    "openvpn/openvpn-client/tls",
    "l2tp/secret",
    "l2tp/radius/secret",
    "l2tp/user/password",
    "pppoes/pppoe/radius/server/secret",
    "pppoes/pppoe/username",
    "ppps/ppp/password",
    "interfaces/wan/pppoe_password",
    "interfaces/wan/pptp_password",
    "interfaces/wan/adv_dhcp_config_advanced",
    "interfaces/opt1/wireless/wpa/passphrase",
    "interfaces/opt1/wireless/auth_server_shared_secret",
    "virtualip/vip/password",
    "hasync/password",
    "snmpd/rocommunity",
    "snmpd/trapstring",
    "dyndnses/dyndns/password",
    "dyndnses/dyndns/updateurl",
    "dnsupdates/dnsupdate/keydata",
    "captiveportal/cp/radiuskey",
    "captiveportal/cp/htmltext",
    "voucher/portal/privatekey",
    "bgpd/md5password",
    "widgets/api_key",
    "installedpackages/tailscale/config/preauthkey",
    "installedpackages/wireguard/tunnels/item/privatekey",
    "installedpackages/wireguard/peers/item/presharedkey",
    "installedpackages/acme/accountkeys/item/accountkey",
    "installedpackages/squid/config/proxypassword",
    "installedpackages/pfblockerng/config/maxmind_key",
    "installedpackages/freeradiusclients/config/varclientsharedsecret",
)
OPNSENSE = (
    "system/user/password",
    "system/user/otp_seed",
    "system/user/apikeys/item/secret",
    "system/authserver/radius_secret",
    "system/authserver/ldap_bindpw",
    "system/backup/nextcloud/password",
    "system/ha_sync/password",
    "cert/prv",
    "ca/prv",
    "interfaces/wan/password",
    "ppps/ppp/password",
    "virtualip/vip/password",
    "hasync/password",
    "snmpd/rocommunity",
    "dyndnses/dyndns/password",
    "openvpn/openvpn-server/shared_key",
    "ipsec/phase1/pre-shared-key",
    "OPNsense/OpenVPN/StaticKeys/StaticKey/key",
    "OPNsense/IPsec/preSharedKeys/preSharedKey/Key",
    "OPNsense/Swanctl/Secrets/secret",
    "OPNsense/wireguard/server/servers/server/privkey",
    "OPNsense/wireguard/client/clients/client/psk",
    "OPNsense/DynDNS/accounts/account/password",
    "OPNsense/Firewall/Alias/aliases/alias/password",
    "OPNsense/captiveportal/templates/template/content",
    "OPNsense/monit/general/password",
    "OPNsense/AcmeClient/accounts/account/key",
    "OPNsense/HAProxy/users/user/password",
    "OPNsense/freeradius/client/clients/client/secret",
)
_BASE = """<{0}><version>24.0</version>
<system><ipv6allow/><webgui><protocol>https</protocol></webgui></system>
<interfaces>
<wan><enable>1</enable><if>em0</if><descr>WAN</descr><ipaddr>198.51.100.2</ipaddr>
<subnet>24</subnet><gateway>GW</gateway><blockpriv>1</blockpriv></wan>
<lan><enable>1</enable><if>em1</if><descr>LAN</descr><ipaddr>192.0.2.1</ipaddr>
<subnet>28</subnet></lan>
</interfaces>
<aliases><alias><name>LIST</name><type>urltable</type>
<url>https://user:{1}@lists.example.com/{1}.txt</url>
<address>https://user:{1}@lists.example.com/{1}.txt</address><descr>list</descr></alias></aliases>
<filter>
<rule><type>block</type><interface>wan</interface><ipprotocol>inet</ipprotocol>
<source><address>LIST</address></source><destination><any/></destination>
<descr>Drop</descr></rule>
<rule><type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>
<protocol>tcp</protocol><source><any/></source>
<destination><address>192.0.2.12</address><port>22</port></destination><descr>Open</descr></rule>
<rule><type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>
<source><address>GONE</address></source><destination><any/></destination></rule>
</filter>
</{0}>"""


def secret(number: int) -> str:
    """A secret that is told from others by its end."""
    return SIGN * 12 + str(number)


def with_secrets(product: str) -> Element:
    """The config of a product (`pfsense`, `opnsense`) with all its secrets."""
    root = fromstring(_BASE.format(product, secret(0)))
    for number, path in enumerate(PFSENSE if product == "pfsense" else OPNSENSE, 1):
        add(root, path, secret(number))
    return root
