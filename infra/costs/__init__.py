"""What the service costs and what gives way first: `python -m infra.costs` prints it."""
