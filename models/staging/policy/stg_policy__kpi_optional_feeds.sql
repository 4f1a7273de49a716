-- one row per kpi_id, feed
{{
    policy(
        "kpi_optional_feeds",
        keys=["kpi_id", "feed"],
        columns={
            "kpi_id": "varchar",
            "feed": "varchar",
            "lowers_confidence": "boolean",
            "without_it": "varchar",
        },
    )
}}
