"""Alerts: what changes is told to whom it concerns, once.

States (``states``) are held against what was told before (``telling``), become messages (``messages``) and go where
``$ITAM_HOME/alerts.yml`` says (``routes``).
"""

from itam.alerts.routes import AlertsError
from itam.alerts.states import note_failed_run
from itam.alerts.telling import send_test, tell

__all__ = ["AlertsError", "note_failed_run", "send_test", "tell"]
