#!/usr/bin/env bash
# Runs a command so that nothing of what it prints is a command to the CI system:
# texts of the service and of a configuration can hold such lines.
#
#   stopped.sh COMMAND [ARGUMENT]...
set -euo pipefail

token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
code=0
"$@" 2>&1 | sed 's/##\[/# #[/g' || code=${PIPESTATUS[0]}
echo "::$token::"
exit "$code"
