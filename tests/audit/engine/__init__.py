"""The arithmetic of the seal."""
