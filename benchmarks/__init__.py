"""Measurements: what a stage costs beside what it is made of. Not tests."""
