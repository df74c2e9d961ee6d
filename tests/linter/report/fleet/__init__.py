"""What a fleet comes to."""
