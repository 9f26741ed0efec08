"""A Django admin over PynamoDB models: stock pages, no SQL. See the README beside this file."""
