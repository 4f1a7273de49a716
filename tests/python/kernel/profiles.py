"""How many examples the property tests of the kernel try.

Here: the few, always the same ones of every build, and the many of whoever changes the kernel (KERNEL_EXAMPLES=2000).
Not here: the organisations of the twin, which are numbered.
"""

import os

from hypothesis import HealthCheck, settings

WANTED = int(os.environ.get("KERNEL_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=WANTED or 50,
    derandomize=not WANTED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
