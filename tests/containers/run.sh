#!/usr/bin/env bash
# Runs the platform in containers: tests of the stores, the topics and the whole way on the servers' images, then compose.yaml as it stands.
# Official images that cannot be pulled are replaced, on this machine alone, by stand-ins: see stand_ins.py. What is
# missing (Docker's engine, compose, mmdebstrap) is installed; an engine that is started here is ended here.
set -euo pipefail
cd "$(dirname "$0")/../.."
parts="${VEDETTE_CACHE:-$HOME/.cache/vedette}/test-parts"
compose_version=v2.32.4
# What differs between the embedded servers and the images shows in these; VEDETTE_TEST_STACK=containers runs any other.
on_images=(
  tests/integration/test_{result_store,result_index,publishing,migrations,dashboards}.py
  tests/e2e/test_whole_way.py
)

say() { printf '\n== %s\n' "$*"; }

install_missing() {
  local missing=()
  command -v docker >/dev/null && { docker info >/dev/null 2>&1 || command -v dockerd >/dev/null; } || missing+=(docker.io iptables)
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  has_compose || command -v go >/dev/null || missing+=(golang-go)
  [ ${#missing[@]} -eq 0 ] && return
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "The tests in containers need ${missing[*]}: install them, or run this as root on Debian." >&2
    exit 1
  fi
  say "installing ${missing[*]}"
  apt-get update --quiet
  apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
}

has_compose() { docker compose version >/dev/null 2>&1 || [ -x "$parts/docker-compose-$compose_version" ]; }

find_compose() {
  if docker compose version >/dev/null 2>&1; then
    COMPOSE="docker compose"
    return
  fi
  COMPOSE="$parts/docker-compose-$compose_version"
  [ -x "$COMPOSE" ] && return
  say "building docker compose $compose_version, once"
  mkdir -p "$parts"
  GOBIN="$parts/compose-build" go install "github.com/docker/compose/v2/cmd@$compose_version"
  mv "$parts/compose-build/cmd" "$COMPOSE"
}

start_engine() {
  docker info >/dev/null 2>&1 && return
  say "starting a Docker engine for these tests"
  engine="$(mktemp -d)"
  dockerd --data-root "$parts/docker" --exec-root "$engine/exec" --pidfile "$engine/pid" >"$engine/log" 2>&1 &
  engine_pid=$!
  trap end_engine EXIT
  for _ in $(seq 60); do
    docker info >/dev/null 2>&1 && return
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 1
  done
  tail -20 "$engine/log" >&2
  exit 1
}

end_engine() {
  kill "$engine_pid" 2>/dev/null || true
  wait "$engine_pid" 2>/dev/null || true
  rm -rf "$engine"
}

install_missing
find_compose
start_engine
say "images"
.venv/bin/python -u -m tests.containers.stand_ins

say "the stores, the topics and the whole way on containers"
# Its helper, which removes what a killed run leaves behind, is an image that cannot always be pulled.
docker image inspect testcontainers/ryuk:0.8.1 >/dev/null 2>&1 || export TESTCONTAINERS_RYUK_DISABLED=true
VEDETTE_TEST_STACK=containers .venv/bin/python -m pytest "${on_images[@]}" ${PYTEST_ARGS:-}

say "compose.yaml, all but Kibana"
COMPOSE="$COMPOSE" .venv/bin/python -m pytest tests/containers ${PYTEST_ARGS:-}
