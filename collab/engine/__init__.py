"""What is hard about editing together: order, replicas, conflicts; it does no I/O (README.md)."""
