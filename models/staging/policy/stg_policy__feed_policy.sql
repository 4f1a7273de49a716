-- one row per feed, cadence_days
{{
    policy(
        "feed_policy",
        keys=["feed", "cadence_days"],
        columns={
            "feed": "varchar",
            "cadence_days": "integer",
            "carry_days": "integer",
        },
    )
}}
