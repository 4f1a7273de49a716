"""The graph: feeds, models, the gate, what is published, the reports."""
