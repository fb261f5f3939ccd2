#!/usr/bin/env bash
# Replaces the tickets in the working tree by those of another commit, and takes
# nothing else of it: take-tickets.sh COMMIT
#
# Only plain files are taken. A symbolic link could lead Terraform to any file of
# the machine, its environment included.
set -euo pipefail
rm -rf tickets
mkdir tickets
git ls-tree -z "$1" tickets/ | while IFS= read -r -d '' entry; do
  path=${entry#*$'\t'}
  read -r mode type blob <<<"${entry%%$'\t'*}"
  if [[ $mode != 100644 || $type != blob || ! $path =~ ^tickets/[A-Za-z0-9._-]+\.yaml$ ]]; then
    echo "Not a ticket: ${path//[^A-Za-z0-9._\/-]/?} ($mode)" >&2
    exit 1
  fi
  git cat-file blob "$blob" >"$path"
done
