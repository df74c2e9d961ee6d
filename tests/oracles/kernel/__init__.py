"""The kernel as judge: what Linux does with a packet, against what fwlint says it does."""
