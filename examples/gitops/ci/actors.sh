#!/usr/bin/env bash
# Prints SAIL_ACTORS for the people behind a run: the identity ids of their
# logins, by the map in $IDENTITIES, which lies outside the repository. Somebody
# who isn't in it could decide their own request, so that is an error.
#
#   IDENTITIES='{"octocat": "2c91…"}' actors.sh LOGIN...
set -euo pipefail
jq -rn '
  ($ENV.IDENTITIES | fromjson) as $ids
  | [$ARGS.positional[] | ascii_downcase] | unique
  | map(. as $login | ($ids | with_entries(.key |= ascii_downcase))[$login] // error("nobody knows the identity of \($login | tojson)"))
  | if . == [] then error("nobody is behind this run") else unique | join(",") end
' --args "$@"
