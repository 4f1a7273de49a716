-- one row per kpi_id, slice, period
{{
    policy(
        "kpi_targets",
        keys=["kpi_id", "slice", "period"],
        columns={
            "kpi_id": "varchar",
            "slice": "varchar",
            "period": "varchar",
            "direction": "varchar",
            "target": "decimal(18, 6)",
            "unit": "varchar",
            "source": "varchar",
        },
    )
}}
