"""A Django admin over PynamoDB models, which knows nothing of any product."""
