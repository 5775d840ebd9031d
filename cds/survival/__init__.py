"""Times to an event: what the outcome lets be said about predicted risks, with and without competing events."""
