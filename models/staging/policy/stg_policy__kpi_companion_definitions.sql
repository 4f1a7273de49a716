-- one row per kpi_id, name
{{
    policy(
        "kpi_companion_definitions",
        keys=["kpi_id", "name"],
        columns={
            "kpi_id": "varchar",
            "name": "varchar",
            "unit": "varchar",
            "description": "varchar",
        },
    )
}}
