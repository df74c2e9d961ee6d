"""Is more let through than anybody asked for? FW2xx."""
