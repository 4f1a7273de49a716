-- one row per raw_class
{{
    policy(
        "class_alias",
        keys=["raw_class"],
        columns={
            "raw_class": "varchar",
            "asset_class": "varchar",
        },
    )
}}
