-- one row per os_name_like, os_version_like, product
{{
    policy(
        "os_lifecycle_alias",
        keys=["os_name_like", "os_version_like", "product"],
        columns={
            "os_name_like": "varchar",
            "os_version_like": "varchar",
            "product": "varchar",
            "cycle": "varchar",
        },
    )
}}
