-- What happened to an asset: each state, owner and place of those that moved most?
with
    moves as (
        select asset_key, count(*) as spans
        from marts.fct_asset_timeline
        group by asset_key
        order by spans desc, asset_key
        limit 5
    )

select
    timeline.asset_key,
    timeline.valid_from,
    nullif(timeline.valid_to, date '9999-12-31') as valid_to,
    timeline.canonical_status,
    timeline.person_key,
    timeline.department,
    timeline.location
from marts.fct_asset_timeline as timeline
inner join moves on moves.asset_key = timeline.asset_key
order by timeline.asset_key, timeline.valid_from
