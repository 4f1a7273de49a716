-- one row per check_id and feed
{{
    policy(
        "gate_policy",
        keys=["check_id", "feed"],
        columns={
            "check_id": "varchar",
            "feed": "varchar",
            "severity": "varchar",
            "tolerance": "decimal(18, 6)",
            "owner_role": "varchar",
            "reason": "varchar",
            "what_to_do": "varchar",
        },
    )
}}
