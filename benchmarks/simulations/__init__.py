"""Simulations that the statistics do what they state: `python -m benchmarks.simulations` prints the table."""
