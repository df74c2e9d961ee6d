"""nftables: files in its own language, listings, and JSON."""
