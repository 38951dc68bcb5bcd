#!/usr/bin/env bash
# As in the official image: root gives way to the user cassandra, and CASSANDRA_… variables are written into cassandra.yaml.
set -euo pipefail
if [ "$1" = cassandra ] && [ "$(id -u)" = 0 ]; then
  chown -R cassandra /var/lib/cassandra /var/log/cassandra /etc/cassandra
  exec setpriv --reuid cassandra --regid cassandra --clear-groups "$0" "$@"
fi
if [ "$1" = cassandra ]; then
  own="$(hostname -i | cut -d ' ' -f 1)"
  export CASSANDRA_LISTEN_ADDRESS="${CASSANDRA_LISTEN_ADDRESS:-$own}" CASSANDRA_RPC_ADDRESS="${CASSANDRA_RPC_ADDRESS:-0.0.0.0}"
  export CASSANDRA_BROADCAST_ADDRESS="${CASSANDRA_BROADCAST_ADDRESS:-$CASSANDRA_LISTEN_ADDRESS}"
  export CASSANDRA_BROADCAST_RPC_ADDRESS="${CASSANDRA_BROADCAST_RPC_ADDRESS:-$CASSANDRA_BROADCAST_ADDRESS}"
  edits=(-e "s/- seeds:.*/- seeds: \"${CASSANDRA_SEEDS:-$CASSANDRA_BROADCAST_ADDRESS}\"/")
  for field in broadcast_address broadcast_rpc_address cluster_name endpoint_snitch listen_address num_tokens rpc_address; do
    variable="CASSANDRA_${field^^}"
    [ -z "${!variable:-}" ] || edits+=(-e "s/^(# )?$field:.*/$field: ${!variable}/")
  done
  changed="$(sed -E "${edits[@]}" "$CASSANDRA_CONF/cassandra.yaml")"
  printf '%s\n' "$changed" > "$CASSANDRA_CONF/cassandra.yaml"
  printf 'dc=%s\nrack=%s\n' "${CASSANDRA_DC:-dc1}" "${CASSANDRA_RACK:-rack1}" > "$CASSANDRA_CONF/cassandra-rackdc.properties"
fi
exec "$@"
