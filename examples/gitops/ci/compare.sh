#!/usr/bin/env bash
# Refuses a plan, plan.json, that has an act which was not approved. Fewer acts
# than approved are fine: some may be done by now.
#
#   compare.sh FILE, with the approved sha256, one a line
set -euo pipefail
ci=$(cd "$(dirname "$0")" && pwd)
"$ci/fingerprint.sh" >/dev/null
refused=0
while IFS= read -r act; do
  if ! grep -qxF "$(printf '%s' "$act" | sha256sum | cut -d' ' -f1)" "$1"; then
    refused=1
    echo "This act is not among the approved ones:" >&2
    # A sensitive value isn't printed.
    jq -c 'if .sensitive then {kind, workitem_id, approval_item_id, action} else . end' <<<"$act" >&2
  fi
done <acts.txt
[ "$refused" = 0 ] || { echo "Nothing was applied. Have the new plan reviewed." >&2; exit 1; }
