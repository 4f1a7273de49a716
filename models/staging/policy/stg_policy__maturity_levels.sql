-- one row per maturity_level
{{
    policy(
        "maturity_levels",
        keys=["maturity_level"],
        columns={
            "maturity_level": "integer",
            "name": "varchar",
            "description": "varchar",
            "next_step": "varchar",
        },
    )
}}
