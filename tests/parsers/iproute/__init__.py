"""Addresses and routes as iproute2 prints them."""
