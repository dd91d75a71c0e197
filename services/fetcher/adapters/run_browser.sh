#!/bin/sh
# Starts the browser named by AUDIT_BROWSER_PROGRAM so that it dies with the process that started it.
# Root starts it as `nobody`, because Chromium refuses its sandbox to root, and keeps the right to kill it.
set -eu
if [ "$(id -u)" -ne 0 ] || [ "${AUDIT_BROWSER_AS_ROOT:-}" = 1 ]; then
  command -v setpriv >/dev/null || exec "$AUDIT_BROWSER_PROGRAM" "$@"
  exec setpriv --pdeathsig=KILL -- "$AUDIT_BROWSER_PROGRAM" "$@"
fi
group=$(id -g nobody)
for argument in "$@"; do
  case $argument in
    --user-data-dir=*) chown -R "nobody:$group" "${argument#--user-data-dir=}" ;;
  esac
done
exec setpriv --reuid=nobody --regid="$group" --clear-groups --inh-caps=-all --pdeathsig=KILL \
  -- "$AUDIT_BROWSER_PROGRAM" "$@"
