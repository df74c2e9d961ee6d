"""What decides by itself whether fwlint is right."""
