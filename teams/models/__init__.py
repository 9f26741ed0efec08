"""What is stored of teams and of the work that is assigned, by subject."""
