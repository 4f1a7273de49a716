-- one row per raw_publisher_like, raw_name_like
{{
    policy(
        "product_alias",
        keys=["raw_publisher_like", "raw_name_like"],
        columns={
            "priority": "integer",
            "raw_publisher_like": "varchar",
            "raw_name_like": "varchar",
            "publisher": "varchar",
            "product": "varchar",
            "version_major": "varchar",
            "product_type": "varchar",
        },
    )
}}
