"""What every format owes, asked of each in the list: a new one is asked without a test for it."""
