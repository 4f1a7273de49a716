-- one row per item_type, publisher, name
{{
    policy(
        "approved_catalog",
        keys=["item_type", "publisher", "name"],
        columns={
            "item_type": "varchar",
            "publisher": "varchar",
            "name": "varchar",
            "decision": "varchar",
        },
    )
}}
