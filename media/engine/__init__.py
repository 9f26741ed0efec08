"""What is hard about files: how large ones are cut."""
