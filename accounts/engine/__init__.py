"""What is hard about signing in: tokens, passwords, codes, and counting what fails."""
