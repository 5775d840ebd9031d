"""Checks the numbers that a model's card or paper reports: can they be true together, and do they mean anything?"""
