"""The staff site: who gets in, what each page shows, what each action does and leaves behind."""
