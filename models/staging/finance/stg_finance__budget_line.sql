-- one row per budget_id and version and fiscal_period, source and version of the row
{{ stage("budget_line") }}
