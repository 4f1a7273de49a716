-- one row per suite_publisher, suite
{{
    policy(
        "suite_policy",
        keys=["suite_publisher", "suite"],
        columns={
            "suite_publisher": "varchar",
            "suite": "varchar",
            "inference_percent": "integer",
        },
    )
}}
