"""What is said of an export alone, held against a second reading of it by separate code."""
