-- one row per event_id and source: its newest version
{{ stage("renewal_event") }}
