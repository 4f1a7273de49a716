-- one row per kpi_id
{{
    policy(
        "kpi_definitions",
        keys=["kpi_id"],
        columns={
            "kpi_id": "varchar",
            "guide_id": "varchar",
            "name": "varchar",
            "category": "varchar",
            "question": "varchar",
            "formula": "varchar",
            "unit": "varchar",
            "direction": "varchar",
            "window_kind": "varchar",
            "window_days": "integer",
            "cadence": "varchar",
            "owner_role": "varchar",
            "roles": "varchar",
            "tier": "varchar",
            "maturity_level": "integer",
            "dimensions": "varchar",
            "value_range": "varchar",
            "value_kind": "varchar",
            "formula_version": "integer",
        },
    )
}}
