#!/bin/sh
# kysely-codegen 0.20.0 loads the package `typescript` and does not depend on it: installed as its README says into an empty project,
# each call ends with "Cannot find module 'typescript'", --help too. Exits with 0 while that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kysely-codegen@0.20.0 kysely@0.28.11 pg@8.23.1
echo "kysely-codegen $(node -p 'require("./node_modules/kysely-codegen/package.json").version'), Node $(node --version)"

outcome() {
  if npx kysely-codegen --help >out 2>&1; then echo works; else grep -m1 'Error:' out; fi
}
alone=$(outcome)
echo "alone:           $alone"
npm install --silent --no-audit --no-fund typescript@5.9.3
beside=$(outcome)
echo "with typescript: $beside"
case "$alone" in
*"Cannot find module 'typescript'"*) if [ "$beside" = works ]; then echo && echo 'As seen before.' && exit 0; fi ;;
esac
echo
echo 'This has changed.'
exit 1
