"""When customers buy and leave and what they spend: laws, and fitting them."""
