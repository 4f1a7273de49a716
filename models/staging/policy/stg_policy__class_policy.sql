-- one row per asset_class
{{
    policy(
        "class_policy",
        keys=["asset_class"],
        columns={
            "asset_class": "varchar",
            "in_scope": "boolean",
            "activity_observable": "boolean",
            "serial_required": "boolean",
            "data_bearing": "boolean",
            "useful_life_months": "integer",
            "staleness_days": "integer",
            "min_sanitization": "varchar",
            "replacement_cost_usd": "decimal(18, 2)",
            "shared_asset": "boolean",
        },
    )
}}
