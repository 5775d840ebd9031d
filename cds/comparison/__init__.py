"""Is this model better than another one, on the same patients?"""
