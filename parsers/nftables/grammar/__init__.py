"""A rule's text as a tree of statements, by the grammar of nft."""
