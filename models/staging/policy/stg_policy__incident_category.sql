-- one row per category
{{
    policy(
        "incident_category",
        keys=["category"],
        columns={
            "category": "varchar",
            "is_asset_failure": "boolean",
        },
    )
}}
