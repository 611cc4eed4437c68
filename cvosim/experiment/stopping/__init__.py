"""Rules for stopping an experiment, raced against each other where the truth is known."""
