"""Pages that people look at: ``itam dashboard``. They show what is published and compute no KPI."""
