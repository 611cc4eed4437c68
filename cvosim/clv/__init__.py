"""Customer lifetime value from anybody's order log: read, sum up, fit, forecast."""
