-- one row per reason_code
{{
    policy(
        "reason_codes",
        keys=["reason_code"],
        columns={
            "reason_code": "varchar",
            "severity": "varchar",
            "sentence": "varchar",
            "suggested_action": "varchar",
        },
    )
}}
