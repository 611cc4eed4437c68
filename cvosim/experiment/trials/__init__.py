"""Simulated experiments: split tests as in real life, and twins, which show the truth."""
