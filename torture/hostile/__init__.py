"""What customers and servers do who mean harm."""
