"""The proof report: what was checked, what is proved, and what is not, as a page or as Markdown."""
