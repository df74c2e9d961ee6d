"""Whole sites, judged by real connections between network namespaces."""
