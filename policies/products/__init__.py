"""The product policies that come with fwlint, one YAML file each."""
