"""Statistical methods on plain arrays, one subject a file."""
