"""How many patients a validation study needs, and whether a finished one was as precise as planned."""
