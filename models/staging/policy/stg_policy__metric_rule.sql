-- one row per metric_rule_id
{{
    policy(
        "metric_rule",
        keys=["metric_rule_id"],
        columns={
            "metric_rule_id": "varchar",
            "metric": "varchar",
            "installs_per_right": "integer",
            "devices_per_right": "integer",
            "min_cores_per_device": "integer",
            "min_cores_per_socket": "integer",
            "core_pack": "integer",
            "max_cores_per_processor": "integer",
        },
    )
}}
