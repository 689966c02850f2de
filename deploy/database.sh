#!/bin/sh
# A PostgreSQL server with one database of one user, both called penumbra; made at the first start.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf '%s' "$DATABASE_PASSWORD" > /tmp/password
    initdb --pgdata "$PGDATA" --username penumbra --pwfile /tmp/password --encoding UTF8 --locale C.UTF-8 \
        --auth-local trust --auth-host scram-sha-256
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE penumbra" | postgres --single -D "$PGDATA" postgres
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
