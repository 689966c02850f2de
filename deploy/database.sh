#!/bin/sh
# A PostgreSQL server with one database of one user, both called penumbra; made at the first start.
# Its URL with the password, which nobody has to know, is in a file for those who share that folder.
set -eu
single() { postgres --single -D "$PGDATA" postgres > /dev/null; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --pgdata "$PGDATA" --username penumbra --encoding UTF8 --locale C.UTF-8 \
        --auth-local trust --auth-host reject
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE penumbra" | single
fi
if [ ! -s /secrets/database ]; then
    password=$(od --address-radix none --format x1 --read-bytes 32 /dev/urandom | tr -d ' \n')
    echo "ALTER USER penumbra PASSWORD '$password'" | single
    printf 'postgresql+psycopg://penumbra:%s@database/penumbra' "$password" > /secrets/partial
    mv /secrets/partial /secrets/database
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
