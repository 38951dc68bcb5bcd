#!/usr/bin/env bash
# Options that may hold several words are split on purpose.
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_OPTS:-} -cp '/opt/kafka/libs/*' "$@"
