"""The stages of the journey, one file each."""
