"""One module per kind of page; each shows what ``sections`` and ``data`` give it."""
