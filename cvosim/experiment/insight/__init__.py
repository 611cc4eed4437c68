"""What an experiment teaches: which stage a lift came from, which metric tells early, for whom."""
