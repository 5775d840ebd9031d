"""Does the model work equally well in every group?"""
