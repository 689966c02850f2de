"""HTTP to the services: one door to httpx, and the documents of the wire."""
