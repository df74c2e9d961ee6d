"""nft's own language: a file's blocks and commands; rules are kept as text."""
