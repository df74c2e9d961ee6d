"""Could everything be read? FW9xx."""
