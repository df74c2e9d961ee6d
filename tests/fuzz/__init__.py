"""Every reader against files that are nearly right: read, or refused with a place; nothing else."""
