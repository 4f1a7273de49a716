"""Who a row is about: the key of pseudonyms, finding a person again, and forgetting one.

Here: everything that turns people into pseudonyms and back. Not here: which tables are published (``itam.publishing``).
"""
