"""Options of runs of any size, and of runs as long as precision needs."""
