"""The analysis of an experiment: every metric of every treatment against one control."""
