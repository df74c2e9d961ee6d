"""What iproute2 prints about a machine's addresses and routes (ip-address(8), ip-route(8))."""
