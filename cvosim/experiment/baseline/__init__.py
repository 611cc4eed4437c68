"""What scenarios came to when somebody was content with them, and whether they still do."""
