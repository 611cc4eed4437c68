"""Fitting a funnel to what was seen: stage counts, event logs, orders."""
