"""Tests that may be looked at while they run: group-sequential designs and always-valid ones."""
