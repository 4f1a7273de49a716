-- one row per kpi_id
{{
    policy(
        "kpi_statements",
        keys=["kpi_id"],
        columns={
            "kpi_id": "varchar",
            "statement": "varchar",
            "statement_without_money": "varchar",
        },
    )
}}
