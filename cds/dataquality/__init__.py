"""Faults of the data, apart from the model's performance."""
