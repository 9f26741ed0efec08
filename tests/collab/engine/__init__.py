"""Tests of the pure half of the realtime engine."""
