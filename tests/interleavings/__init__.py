"""Two commands on the same order, one within the other: at every call of a store there is a test that the other
comes.
"""
