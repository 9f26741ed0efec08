"""What people do with documents: one module for the documents, one for what is in them."""
