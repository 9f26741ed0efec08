"""What is hard about editing together: order, replicas, conflicts (README.md)."""
