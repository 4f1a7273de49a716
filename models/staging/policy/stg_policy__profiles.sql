-- one row per profile, kpi_id, companion
{{
    policy(
        "profiles",
        keys=["profile", "kpi_id", "companion"],
        columns={
            "profile": "varchar",
            "kpi_id": "varchar",
            "companion": "varchar",
            "target": "decimal(18, 6)",
            "weight": "integer",
            "is_mandatory": "boolean",
            "page_order": "integer",
            "reason": "varchar",
        },
    )
}}
