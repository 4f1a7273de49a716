-- one row per objective, kpi_id
{{
    policy(
        "objectives",
        keys=["objective", "kpi_id"],
        columns={
            "objective": "varchar",
            "kpi_id": "varchar",
            "weight": "integer",
            "page_order": "integer",
            "reason": "varchar",
        },
    )
}}
