"""The JSON of nft: its objects become what the text would have said."""
