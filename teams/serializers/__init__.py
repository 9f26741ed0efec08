"""What callers send and get about teams and the work that is assigned, by subject."""
