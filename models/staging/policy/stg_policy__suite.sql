-- one row per suite_publisher, suite, component_publisher, component
{{
    policy(
        "suite",
        keys=["suite_publisher", "suite", "component_publisher", "component"],
        columns={
            "suite_publisher": "varchar",
            "suite": "varchar",
            "component_publisher": "varchar",
            "component": "varchar",
            "mandatory": "boolean",
        },
    )
}}
