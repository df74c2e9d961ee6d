"""Are the rules sound, whatever a policy needs? FW3xx and FW4xx."""
