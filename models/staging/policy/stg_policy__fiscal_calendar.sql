-- one row per fiscal_period_rule
{{
    policy(
        "fiscal_calendar",
        keys=["fiscal_period_rule"],
        columns={
            "fiscal_period_rule": "varchar",
            "value": "varchar",
        },
    )
}}
