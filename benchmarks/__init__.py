"""How fast cvosim is, as ratios measured in one run: ``python -m benchmarks``."""
