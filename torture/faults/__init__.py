"""What happens to machines, processes and networks."""
