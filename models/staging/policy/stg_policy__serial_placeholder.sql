-- one row per placeholder
{{
    policy(
        "serial_placeholder",
        keys=["placeholder"],
        columns={
            "placeholder": "varchar",
        },
    )
}}
