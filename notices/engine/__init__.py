"""Push messages to browsers, and the words of mails."""
