-- one row per severity
{{
    policy(
        "sla_policy",
        keys=["severity"],
        columns={
            "severity": "varchar",
            "deadline_hours": "integer",
        },
    )
}}
