"""The command line: arguments in, lines out. Every decision is made elsewhere."""
