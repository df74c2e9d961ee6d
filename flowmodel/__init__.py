"""What fwlint talks about: values, packets, rule sets, findings; nothing here reads or prints."""
