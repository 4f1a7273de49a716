"""Publishing: checked tables become files that readers open, in one step.

``publish`` writes and swaps them, ``status`` writes the report of every refresh, ``read`` opens them for readers.
"""
