#!/bin/sh
# Makes the PostgreSQL roles and databases, and changes their passwords to the ones now set. Run as often as you like.
#
#   temporal    owns Temporal's two databases and sees nothing else
#   wir_owner   owns the record's schema; used by migrations alone
#   wir_app     worker and portal: reads, adds and changes rows; deletes drafts alone (granted by the migration), and
#               cannot lift the record's guards
#   wir_desk    the officers' desk: what it may do with each table stands in record/database/rights.py, and the job
#               wir-migrate gives it; of the log-ins wir_app sees nothing
#
# Needs PGHOST, PGUSER and PGPASSWORD of a superuser, and the four passwords by the names below.
set -eu

: "${TEMPORAL_DATABASE_PASSWORD:?set it to the password of the role temporal}"
: "${WIR_OWNER_PASSWORD:?set it to the password of the role wir_owner}"
: "${WIR_APP_PASSWORD:?set it to the password of the role wir_app}"
: "${WIR_DESK_PASSWORD:?set it to the password of the role wir_desk}"

# \getenv keeps passwords out of the process list; :'…' quotes them whatever they contain.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres <<'SQL'
\getenv temporal_password TEMPORAL_DATABASE_PASSWORD
\getenv owner_password WIR_OWNER_PASSWORD
\getenv app_password WIR_APP_PASSWORD
\getenv desk_password WIR_DESK_PASSWORD
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', wanted)
FROM unnest(ARRAY['temporal', 'wir_owner', 'wir_app', 'wir_desk']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) \gexec
ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE wir_owner PASSWORD :'owner_password';
ALTER ROLE wir_app PASSWORD :'app_password';
ALTER ROLE wir_desk PASSWORD :'desk_password';

SELECT format('CREATE DATABASE %I OWNER %I', wanted.name, wanted.owner)
FROM (VALUES ('temporal', 'temporal'), ('temporal_visibility', 'temporal'), ('wir', 'wir_owner')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = wanted.name) \gexec

-- Nobody but the owner connects, unless said here.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname)
FROM pg_database WHERE datname IN ('postgres', 'temporal', 'temporal_visibility', 'wir') \gexec
GRANT CONNECT ON DATABASE wir TO wir_app, wir_desk;

\connect wir
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO wir_owner;
GRANT USAGE ON SCHEMA public TO wir_app, wir_desk;
-- All tables but those of the log-ins, which are the desk's: this script runs again over a schema that is there.
SELECT format('GRANT SELECT, INSERT, UPDATE ON %I TO wir_app', tablename)
FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^login(_|$)' \gexec
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wir_app, wir_desk;
ALTER DEFAULT PRIVILEGES FOR ROLE wir_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO wir_app;
ALTER DEFAULT PRIVILEGES FOR ROLE wir_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO wir_app, wir_desk;
SQL
echo "roles temporal, wir_owner, wir_app, wir_desk and databases temporal, temporal_visibility, wir: as they should be"
