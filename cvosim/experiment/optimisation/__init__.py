"""The best levers: searching, proving feasible, selecting with a stated probability."""
