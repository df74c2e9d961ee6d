"""Tests of the documentation: that it is read as it is meant, leads somewhere, and is true."""
