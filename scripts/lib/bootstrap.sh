# Sourced by every command. Brings the project's own Node and packages, says what it installs and why,
# then puts that Node first on PATH. Needs only some Node and npm to begin with.
set -eu
ROOT=$(cd "$(dirname "$0")/.." && pwd)
# Commands lie in scripts/ or in one folder below it.
[ -f "$ROOT/package-lock.json" ] || ROOT=$(dirname "$ROOT")
cd "$ROOT"

say() { printf '%s\n' "$*" >&2; }

if ! command -v npm >/dev/null 2>&1; then
  say "npm was not found. Install any Node.js with npm first, for example: apt-get install -y nodejs npm"
  exit 69
fi

mkdir -p .rarity
want=$(cksum <package-lock.json)
if [ ! -x node_modules/node/bin/node ] || [ "$(cat .rarity/packages 2>/dev/null || true)" != "$want" ]; then
  say "Installing the packages of package-lock.json, with Node 24 among them (first run or changed lockfile) ..."
  if ! npm ci --no-audit --no-fund --loglevel=error >.rarity/npm-ci.log 2>&1; then
    say "npm ci failed. Its last lines (all of them: .rarity/npm-ci.log):"
    tail -n 15 .rarity/npm-ci.log >&2
    exit 70
  fi
  # npm may be told not to run install scripts; this one places the Node binary.
  if [ ! -x node_modules/node/bin/node ]; then
    (cd node_modules/node && node installArchSpecificPackage >>"$ROOT/.rarity/npm-ci.log" 2>&1) || true
  fi
  if [ ! -x node_modules/node/bin/node ]; then
    say "Node 24 could not be placed under node_modules/node. Run: npm rebuild node   then try again."
    exit 70
  fi
  printf '%s' "$want" >.rarity/packages
fi
PATH="$ROOT/node_modules/node/bin:$PATH"
export PATH
