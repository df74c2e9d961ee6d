"""What a fleet comes to: the findings of many inputs in groups, and what became of them since."""
