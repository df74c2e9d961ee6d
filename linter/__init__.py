"""fwlint: proves whether firewall exports agree with the port documents of products."""

__version__ = "0.1.0"
