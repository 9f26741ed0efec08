"""How fast the realtime engine is: `python -m bench.realtime` (README.md)."""
