-- one row per rate_date and from_currency and to_currency and rate_type and source:
-- its newest version
{{ stage("fx_rate") }}
