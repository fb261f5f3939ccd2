#!/bin/sh
# Stands for what makes an account in the target system. It fails if there is a
# file named broken, and keeps no password.
set -eu
[ ! -e broken ] || { echo "The target system is down." >&2; exit 1; }
echo "$ACCOUNT with a password of ${#PASSWORD} characters" >>accounts.txt
