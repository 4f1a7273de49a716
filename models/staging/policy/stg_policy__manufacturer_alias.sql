-- one row per raw_manufacturer
{{
    policy(
        "manufacturer_alias",
        keys=["raw_manufacturer"],
        columns={
            "raw_manufacturer": "varchar",
            "manufacturer": "varchar",
        },
    )
}}
