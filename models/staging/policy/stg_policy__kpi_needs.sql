-- one row per kpi_id, alternative, feed
{{
    policy(
        "kpi_needs",
        keys=["kpi_id", "alternative", "feed"],
        columns={
            "kpi_id": "varchar",
            "alternative": "integer",
            "feed": "varchar",
        },
    )
}}
