"""What the project stands on: locked with hashes, audited, its licences listed."""
