"""Nothing lost, measured: one place of an export is changed, and the change must show."""
