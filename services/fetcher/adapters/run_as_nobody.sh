#!/bin/sh
# Starts the browser named by AUDIT_BROWSER_PROGRAM as `nobody`: Chromium refuses its sandbox to root.
# Root keeps only the right to kill it; the browser dies with the process that started it.
set -eu
group=$(id -g nobody)
for argument in "$@"; do
  case $argument in
    --user-data-dir=*) chown -R "nobody:$group" "${argument#--user-data-dir=}" ;;
  esac
done
exec setpriv --reuid=nobody --regid="$group" --clear-groups --inh-caps=-all --pdeathsig=KILL \
  -- "$AUDIT_BROWSER_PROGRAM" "$@"
