#!/usr/bin/env bash
# Prints the sha256 of each act of plan.json, sorted: what a reviewer approves. It
# fails if an act can't be compared, because it is only known at apply.
set -euo pipefail
ci=$(cd "$(dirname "$0")" && pwd)
jq -r --arg mode acts --arg origin "${SAIL_BASE_URL:?}" -f "$ci/ticket.jq" plan.json >acts.txt
while IFS= read -r act; do
  printf '%s' "$act" | sha256sum | cut -d' ' -f1
done <acts.txt | sort -u
