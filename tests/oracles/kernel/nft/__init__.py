"""Random rule sets of nft, for the kernel to judge."""
