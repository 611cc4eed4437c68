"""Data of experiments, from any file or data frame to a cohort that was checked."""
