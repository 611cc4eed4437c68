"""Results for people: tables, a verdict in plain English, and figures that compute nothing."""
