#!/usr/bin/env bash
# Runs this folder's configuration through plan, apply and a second plan against
# the mock service, and fails if anything is not as it should be. Everything
# happens in a temporary folder. Call it as `make demo`.
#
# The provider is built, unless PROVIDER_MIRROR names a filesystem mirror that
# holds it. MOCK_FLAGS are further flags for the mock service.
set -euo pipefail

TF=${TF:-terraform}
cli=$(basename "$TF")
plain=
[ -t 1 ] || plain=-no-color
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
mock=
cleanup() {
  [ -z "$mock" ] || { kill "$mock" && wait "$mock"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
say() { printf '\n== %s\n' "$*"; }
fail() { printf '\nmake demo failed: %s\n' "$*" >&2; exit 1; }

command -v "$TF" >/dev/null || fail "there is no $TF; install it, name another with TF=..., or run make demo without TF."
TF=$(realpath "$(command -v "$TF")")

if [ -n "${PROVIDER_MIRROR:-}" ]; then
  say "Building the mock service"
  mirror=$(realpath "$PROVIDER_MIRROR")
else
  say "Building the provider and the mock service"
  mirror=$work/mirror
  platform=$(go env GOOS)_$(go env GOARCH)
  for host in registry.terraform.io registry.opentofu.org; do
    mkdir -p "$mirror/$host/sailpoint-gitops/sailpoint/0.1.0/$platform"
  done
  plugin=sailpoint-gitops/sailpoint/0.1.0/$platform/terraform-provider-sailpoint_v0.1.0
  (cd "$root" && go build -o "$mirror/registry.terraform.io/$plugin" .)
  ln "$mirror/registry.terraform.io/$plugin" "$mirror/registry.opentofu.org/$plugin"
fi
(cd "$root" && go build -o "$work/mockisc" ./internal/mockisc/cmd/mockisc)
cat >"$work/cli.tfrc" <<HCL
provider_installation {
  filesystem_mirror {
    path = "$mirror"
  }
}
HCL
export TF_CLI_CONFIG_FILE=$work/cli.tfrc CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
unset "${!TF_CLI_ARGS@}" TF_WORKSPACE TF_DATA_DIR TF_LOG

say "Starting the mock service"
: >"$work/ready"
"$work/mockisc" -fixture demo -listen 127.0.0.1:0 -client-id demo-client -client-secret demo-secret ${MOCK_FLAGS:-} >"$work/ready" 2>"$work/mock.log" &
mock=$!
for _ in $(seq 100); do
  url=$(sed -n 's/^mockisc listening on //p' "$work/ready")
  [ -z "$url" ] || break
  kill -0 "$mock" 2>/dev/null || { cat "$work/mock.log"; fail "the mock service did not start."; }
  sleep 0.1
done
[ -n "$url" ] || fail "the mock service did not become ready."
echo "$url"
unset "${!SAIL_@}"
export SAIL_BASE_URL=$url SAIL_CLIENT_ID=demo-client SAIL_CLIENT_SECRET=demo-secret

# The mock service logs one JSON line a request: count prints how many match,
# and recorded lists them all since line $1.
count() { grep -c "$1" "$work/mock.log" || true; }
recorded() {
  tail -n "+$(($1 + 1))" "$work/mock.log" | sed -n 's/.*"operation":"\([^"]*\)".*"method":"\([^"]*\)","path":"\([^"]*\)".*"status":\([0-9]*\).*/  \2 \3 -> \4  (\1)/p'
}
lines() { wc -l <"$work/mock.log"; }

cp "$root"/examples/demo/*.tf "$root"/examples/demo/decisions.yaml "$work/"
cd "$work"
say "$cli init"
"$TF" init -no-color >init.log || { cat init.log; fail "init failed."; }
sed -n 's/^- Install/Install/p' init.log

say "$cli plan: the approval ticket"
"$TF" plan $plain -input=false -out=plan.bin
[ "$(count '"method":"POST","path":"/v2024/')" = 0 ] || fail "the plan sent a POST."
planned=$(lines)

say "$cli apply: decide exactly that, once"
"$TF" apply $plain -input=false plan.bin
applied=$(lines)
decisions=$(grep -c '^[a-z]' decisions.yaml)
[ "$(count '"method":"POST","path":"/v2024/.*"acted":true')" = "$decisions" ] || fail "not every decision was made exactly once."
[ "$(count '"method":"POST","path":"/v2024/')" = "$decisions" ] || fail "more was sent than the decisions."

say "$cli plan, again"
code=0
"$TF" plan $plain -input=false -detailed-exitcode || code=$?
[ "$code" = 0 ] || fail "the second plan is not empty."
[ "$(count '"method":"POST","path":"/v2024/')" = "$decisions" ] || fail "the second plan sent a POST."

say "What the service recorded"
echo "plan ($planned requests):"
recorded 0 | sed "${planned}q"
echo "apply ($((applied - planned)) requests):"
recorded "$planned" | sed "$((applied - planned))q"
echo "second plan ($(($(lines) - applied)) requests):"
recorded "$applied"

say "Done: $decisions decisions, $decisions POSTs, and nothing left to change"
