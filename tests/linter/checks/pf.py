"""A small config.xml of pfSense that tests change at one place."""

from textwrap import dedent

EDGE = "edge: {config: edge.xml, ipv6: no, interfaces: {wan: internet, lan: office, opt1: dmz}}"
_HEAD = """\
<?xml version="1.0"?>
<pfsense>
  <version>23.3</version>
  <system><hostname>edge</hostname><webgui><protocol>https</protocol></webgui></system>
  <interfaces>
    <wan>
      <enable/><if>em0</if><ipaddr>203.0.113.1</ipaddr><subnet>24</subnet><gateway>GW</gateway>
    </wan>
    <lan><enable/><if>em1</if><ipaddr>10.1.0.1</ipaddr><subnet>16</subnet></lan>
    <opt1>
      <enable/><if>em2</if><descr>DMZ</descr><ipaddr>192.0.2.1</ipaddr><subnet>24</subnet>
    </opt1>
  </interfaces>
  <gateways>
    <gateway_item><interface>wan</interface><gateway>203.0.113.14</gateway><name>GW</name>
    </gateway_item>
  </gateways>
  <aliases><alias><name>web</name><type>host</type><address>192.0.2.10</address></alias></aliases>
"""
HTTPS = """
<type>pass</type><interface>lan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><network>lan</network></source>
<destination><address>web</address><port>443</port></destination><descr>Shop</descr>
"""


def config(*filter_rules: str, nat: str = "") -> str:
    """The configuration with these rules, one line for each; the first one is in line 20."""
    lines = ["<filter>", *(_on_one_line("rule", rule) for rule in filter_rules), "</filter>"]
    lines += ["<nat>", "<outbound><mode>disabled</mode></outbound>"]
    lines += [_on_one_line("rule", nat)] if nat else []
    return "\n".join([_HEAD.rstrip("\n"), *lines, "</nat>", "</pfsense>"]) + "\n"


def _on_one_line(tag: str, text: str) -> str:
    return f"<{tag}>" + "".join(dedent(text).strip().splitlines()) + f"</{tag}>"
