#!/usr/bin/env bash
# Installs what the project needs on Debian 12: system packages, a virtual environment in .venv, the
# locked Python packages. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

PACKAGES=(chromium-headless-shell fonts-dejavu-core fonts-liberation ca-certificates util-linux)

say() { printf 'setup: %s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "Python 3.11 or later is needed: apt-get install python3"
    exit 2
}

missing_packages() {
    local package
    for package in "${PACKAGES[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

install_packages() {
    local -a wanted=("$@") run=()
    [[ ${#wanted[@]} -eq 0 ]] && return
    if ! command -v apt-get >/dev/null; then
        say "this is not Debian: install ${wanted[*]} by hand"
        exit 2
    fi
    if [[ $(id -u) -ne 0 ]]; then
        if ! command -v sudo >/dev/null; then
            say "as root, run: apt-get install ${wanted[*]}"
            exit 2
        fi
        run=(sudo)
    fi
    say "installing ${wanted[*]}"
    "${run[@]}" apt-get update -qq
    "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >&2
}

mapfile -t wanted < <(missing_packages)
install_packages "${wanted[@]}"

python=$(find_python)
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
fi
if [[ ! -x .venv/bin/python ]]; then
    say "creating .venv with $python"
    "$python" -m venv .venv
fi
say "installing the locked Python packages"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
say "ready"
