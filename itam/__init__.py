"""The ITAM KPI warehouse: landing, quality, publishing, the sample organisation and the command line.

Numbers are not computed here: every rule about a KPI is SQL in ``models/`` and policy in ``seeds/``.
"""

import os
from importlib.metadata import PackageNotFoundError, version

# before anything imports them: no dependency reports home
for _name, _value in {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
}.items():
    os.environ.setdefault(_name, _value)

try:
    __version__ = version("itam-kpi-warehouse")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0"
