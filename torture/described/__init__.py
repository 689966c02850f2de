"""What the services say that they do: their routes, who may call them, requests made from that."""
