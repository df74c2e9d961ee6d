"""What is open on a device by itself, without a site: the table, and what the checks make of it."""
