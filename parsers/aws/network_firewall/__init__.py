"""AWS Network Firewall: firewalls, their policies and rule groups."""
