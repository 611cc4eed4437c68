"""Two engines, one truth: `reference` reads like the story, `kernel` is fast."""
