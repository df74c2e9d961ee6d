"""config.xml of pfSense and OPNsense."""
