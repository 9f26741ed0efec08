"""Servers are killed, Redis is restarted, the store fails: what was acknowledged stays."""
