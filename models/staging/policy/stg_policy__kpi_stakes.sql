-- one row per kpi_id, kind
{{
    policy(
        "kpi_stakes",
        keys=["kpi_id", "kind"],
        columns={
            "kpi_id": "varchar",
            "kind": "varchar",
            "stake": "varchar",
            "counted_by": "varchar",
            "kept_by": "varchar",
            "what_it_is": "varchar",
        },
    )
}}
