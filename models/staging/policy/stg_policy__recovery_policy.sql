-- one row per person_kind
{{
    policy(
        "recovery_policy",
        keys=["person_kind"],
        columns={
            "person_kind": "varchar",
            "grace_days": "integer",
        },
    )
}}
