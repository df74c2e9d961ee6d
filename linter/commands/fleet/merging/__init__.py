"""What the shares of a run wrote, read again and put together; it can be anybody's file."""
