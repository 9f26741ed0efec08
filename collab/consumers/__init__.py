"""The WebSockets: one on a document, and one for notifications."""
