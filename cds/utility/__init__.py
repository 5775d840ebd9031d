"""Does acting on the model do more good than harm?"""
