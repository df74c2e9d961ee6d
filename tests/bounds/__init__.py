"""The bound of time and memory, measured: no input of 1 MB takes more, of the worst shapes known."""
