"""What was read becomes the rule set of the model."""
