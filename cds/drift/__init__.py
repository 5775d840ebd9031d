"""Does the model still do as well, and are its patients still the same?"""
