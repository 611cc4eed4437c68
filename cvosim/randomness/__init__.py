"""Chance with an address: the same customer, site and occurrence, the same luck."""
