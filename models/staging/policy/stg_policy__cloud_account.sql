-- one row per sub_account_id
{{
    policy(
        "cloud_account",
        keys=["sub_account_id"],
        columns={
            "sub_account_id": "varchar",
            "cost_center": "varchar",
        },
    )
}}
