"""Tables of a vendor's page: read from Markdown, HTML or CSV, and what their cells say."""
