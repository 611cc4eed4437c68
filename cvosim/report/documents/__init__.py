"""Reports: what each command found, put together as a document in no format yet."""
