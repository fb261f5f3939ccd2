#!/usr/bin/env bash
# Plans, and writes plan.bin, ticket.md and fingerprint.txt. What Terraform says
# goes into files: a line of it could be a command to the CI system.
#
#   plan.sh [options of terraform plan]
set -euo pipefail
ci=$(cd "$(dirname "$0")" && pwd)
tf=${TF:-terraform}

code=0
"$tf" plan -json -input=false -out=plan.bin "$@" >plan.jsonl 2>plan.err || code=$?
if [ "$code" = 0 ]; then
  "$tf" show -json plan.bin >plan.json
  jq -r -f "$ci/ticket.jq" plan.json plan.jsonl >ticket.md
  "$ci/fingerprint.sh" >fingerprint.txt
else
  # Without a plan the ticket has the errors.
  jq -r -n -f "$ci/ticket.jq" plan.jsonl >ticket.md
  rm -f fingerprint.txt
fi
exit "$code"
