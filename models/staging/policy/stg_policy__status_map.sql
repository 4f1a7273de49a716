-- one row per source_system, feed, raw_status, raw_substatus
{{
    policy(
        "status_map",
        keys=["source_system", "feed", "raw_status", "raw_substatus"],
        columns={
            "source_system": "varchar",
            "feed": "varchar",
            "raw_status": "varchar",
            "raw_substatus": "varchar",
            "canonical_status": "varchar",
        },
    )
}}
