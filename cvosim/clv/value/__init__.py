"""What customers will be worth, and how sure that is."""
