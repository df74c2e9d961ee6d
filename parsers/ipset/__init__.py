"""ipset save."""
