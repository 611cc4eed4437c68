"""The commands of ``cvosim sweep``."""
