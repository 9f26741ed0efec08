"""Tests of collab: documents, operations and live sessions."""
