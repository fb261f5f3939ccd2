#!/usr/bin/env bash
# Says "true" if a pull request changes nothing but tickets, else "false" and
# which files, to standard error: only-tickets.sh BASE HEAD
set -euo pipefail
others=$(git diff --name-only --no-renames -z "$1...$2" | tr '\0\n' '\n?' | grep -Ev '^tickets/[A-Za-z0-9._-]+\.yaml$' || true)
if [ -z "$others" ]; then
  echo true
else
  echo false
  echo "Changed besides tickets/*.yaml, so that this pull request gets no secrets:" >&2
  printf '%s\n' "$others" | head -n 20 | sed 's/[^A-Za-z0-9._/-]/?/g' >&2
fi
