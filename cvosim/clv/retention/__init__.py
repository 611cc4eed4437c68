"""Who comes back, and for how long."""
