"""Many exports in one process, some of them broken or hostile: nothing grows, and all are told."""
