"""A sample organisation: realistic, dirty deliveries for the demo, the tests and the benchmark.

Here: the generator. Not here: landing, or anything that reads deliveries.
"""

from itam.sample.generate import Progress, SampleSummary, write_sample

__all__ = ["Progress", "SampleSummary", "write_sample"]
