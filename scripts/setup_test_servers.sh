#!/usr/bin/env bash
# Installs what only the tests and benchmarks need, from Debian: RabbitMQ, PostgreSQL, Prometheus and exporters, which they start
# privately, and the full Chromium, which the headless shell is compared with. Nothing is
# started or enabled on the machine. Safe to run again.
set -euo pipefail

PACKAGES=(rabbitmq-server postgresql chromium prometheus prometheus-postgres-exporter prometheus-node-exporter)

say() { printf 'setup: %s\n' "$*" >&2; }

missing=()
for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

run=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        say "the tests need servers; as root, run: apt-get install ${missing[*]}"
        exit 2
    fi
    run=(sudo)
fi

say "installing ${missing[*]} for the tests"
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    # Debian starts a server when it installs it; the tests want private ones only.
    printf '#!/bin/sh\nexit 101\n' | "${run[@]}" tee "$policy" >/dev/null
    "${run[@]}" chmod +x "$policy"
    trap '"${run[@]}" rm -f "$policy"' EXIT
fi
"${run[@]}" apt-get update -qq
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
