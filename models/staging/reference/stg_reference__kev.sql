-- one row per cveID and source: its newest version
{{ stage("kev") }}
