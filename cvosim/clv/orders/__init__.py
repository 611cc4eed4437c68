"""Order logs: read, checked, and summed up per customer."""
