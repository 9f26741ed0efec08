"""The package by itself: what a list reads, cursors, filters, values, plots."""
