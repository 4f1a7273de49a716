"""What is checked before anything is published, and the memory of what happened.

``checks`` holds the rules of the gate, ``ledger`` the tables that only grow. How a number is computed belongs in the
models.
"""
