#!/bin/sh
# Creates or upgrades Temporal's schema in both of its databases. Run as often as you like: setup-schema leaves a newer
# version alone and update-schema applies only what is missing. One minor version of the server at a time.
#
# Needs SQL_HOST and SQL_PASSWORD; the databases exist already (roles.sh), so the role needs no right to create any.
set -eu

: "${SQL_HOST:?set it to the host of PostgreSQL}"
: "${SQL_PASSWORD:?set it to the password of the role temporal}"

schema() {
    temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" --port "${SQL_PORT:-5432}" --user temporal --db "$1" setup-schema -v 0.0
    temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" --port "${SQL_PORT:-5432}" --user temporal --db "$1" \
        update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

schema temporal temporal
schema temporal_visibility visibility
echo "schemas temporal and temporal_visibility: at the version of this image"
