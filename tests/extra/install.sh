#!/usr/bin/env bash
# Installs what the extra tests need beyond Python and Java: Node with npm, Go, a Java compiler, nginx, Chromium and WordNet. The tests fetch their own packages.
set -euo pipefail

missing=()
command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)
command -v go >/dev/null || missing+=(golang-go)
command -v javac >/dev/null || missing+=(openjdk-17-jdk-headless)
command -v nginx >/dev/null || missing+=(nginx-light)
command -v chromium >/dev/null && command -v chromedriver >/dev/null || missing+=(chromium chromium-driver)
[ -f /usr/share/wordnet/data.noun ] || missing+=(wordnet-base)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "The extra tests need ${missing[*]}: install them with your package manager, or run this as root on Debian." >&2
  exit 1
fi
apt-get update --quiet
apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
