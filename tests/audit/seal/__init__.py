"""The audit seal: how windows are sealed, and what is found out about who tampers."""
