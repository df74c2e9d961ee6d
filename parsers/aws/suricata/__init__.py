"""The language of Suricata's rules, in which stateful rule groups are written."""
