"""Types only: what the families hand to each other."""
