"""Measurements, run by hand. No test depends on a clock; these do nothing else."""
