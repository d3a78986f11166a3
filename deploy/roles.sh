#!/bin/sh
# Makes the PostgreSQL roles and databases, and changes their passwords to the ones now set. Run as often as you like.
#
#   temporal    owns Temporal's two databases and sees nothing else
#   wir_owner   owns the record's schema; used by migrations alone
#   wir_app     worker and portal: reads, adds and changes rows; deletes drafts alone (granted by the migration), and
#               cannot lift the record's guards
#
# Needs PGHOST, PGUSER and PGPASSWORD of a superuser, and the three passwords by the names below.
set -eu

: "${TEMPORAL_DATABASE_PASSWORD:?set it to the password of the role temporal}"
: "${WIR_OWNER_PASSWORD:?set it to the password of the role wir_owner}"
: "${WIR_APP_PASSWORD:?set it to the password of the role wir_app}"

# \getenv keeps passwords out of the process list; :'…' quotes them whatever they contain.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres <<'SQL'
\getenv temporal_password TEMPORAL_DATABASE_PASSWORD
\getenv owner_password WIR_OWNER_PASSWORD
\getenv app_password WIR_APP_PASSWORD
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', wanted)
FROM unnest(ARRAY['temporal', 'wir_owner', 'wir_app']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) \gexec
ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE wir_owner PASSWORD :'owner_password';
ALTER ROLE wir_app PASSWORD :'app_password';

SELECT format('CREATE DATABASE %I OWNER %I', wanted.name, wanted.owner)
FROM (VALUES ('temporal', 'temporal'), ('temporal_visibility', 'temporal'), ('wir', 'wir_owner')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = wanted.name) \gexec

-- Nobody but the owner connects, unless said here.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname)
FROM pg_database WHERE datname IN ('postgres', 'temporal', 'temporal_visibility', 'wir') \gexec
GRANT CONNECT ON DATABASE wir TO wir_app;

\connect wir
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO wir_owner;
GRANT USAGE ON SCHEMA public TO wir_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO wir_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wir_app;
ALTER DEFAULT PRIVILEGES FOR ROLE wir_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO wir_app;
ALTER DEFAULT PRIVILEGES FOR ROLE wir_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO wir_app;
SQL
echo "roles temporal, wir_owner, wir_app and databases temporal, temporal_visibility, wir: as they should be"
