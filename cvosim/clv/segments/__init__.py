"""Customers in groups: by recency, frequency and value, and by what marks the best."""
