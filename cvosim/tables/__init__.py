"""Event and customer tables, their Parquet files, and the manifest of how they came to be."""
