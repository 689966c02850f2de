"""The HTTP plumbing that both servers share; it knows neither models nor games."""
