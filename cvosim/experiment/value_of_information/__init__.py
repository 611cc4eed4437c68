"""What a test is worth in money before it is run: the expected value of its information."""
