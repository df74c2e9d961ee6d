"""Is what the product needs let through? FW1xx."""
