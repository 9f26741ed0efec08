"""A library's staff site: the least project around `prework.dynamoadmin`, which is all it uses."""
