-- one row per product and cycle and source: its newest version
{{ stage("product_lifecycle") }}
