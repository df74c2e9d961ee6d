"""`fwlint init`: a site file to begin with, from exports."""
