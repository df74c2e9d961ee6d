"""Product policies and sites: what must be open where, and what that means at one site."""

from flowmodel.source import COMMAND_LINE
from policies.api import load_site, quick_site
from policies.loader import PRODUCTS, is_shipped, load_policy
from policies.yaml_nodes import MAX_BYTES, NOT_OURS, begins_ours, begins_policy, begins_site

__all__ = [
    "COMMAND_LINE",
    "MAX_BYTES",
    "NOT_OURS",
    "PRODUCTS",
    "begins_ours",
    "begins_policy",
    "begins_site",
    "is_shipped",
    "load_policy",
    "load_site",
    "quick_site",
]
