#!/bin/sh
# A PostgreSQL server with one database of one user, both called penumbra; made at the first start.
# Its URL with the password, which nobody has to know, is in a file for those who share that folder.
set -eu
single() { postgres --single -D "$1" postgres > /dev/null; }
if [ ! -d "$PGDATA" ]; then  # it is there when all of it is: a start may be killed
    partial=$PGDATA.partial
    rm -rf "$partial"
    initdb --pgdata "$partial" --username penumbra --encoding UTF8 --locale C.UTF-8 \
        --auth-local trust --auth-host reject
    echo "host all all all scram-sha-256" >> "$partial/pg_hba.conf"
    echo "CREATE DATABASE penumbra" | single "$partial"
    mv "$partial" "$PGDATA"
fi
if [ ! -s /secrets/database ]; then
    password=$(od --address-radix none --format x1 --read-bytes 32 /dev/urandom | tr -d ' \n')
    echo "ALTER USER penumbra PASSWORD '$password'" | single "$PGDATA"
    printf 'postgresql+psycopg://penumbra:%s@database/penumbra' "$password" > /secrets/partial
    mv /secrets/partial /secrets/database
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
