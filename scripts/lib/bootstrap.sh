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

if ! mkdir -p .rarity 2>/dev/null || [ ! -w .rarity ]; then
  say "$ROOT/.rarity cannot be written by $(id -un). Make the clone theirs: chown -R $(id -un) \"$ROOT\""
  exit 73
fi

# About 550 MB of packages, and what npm keeps of them in its own cache.
packages_kb=900000

# Waits for npm and says now and then that it still works; Ctrl-C ends both.
install_packages() {
  free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
  if [ "$free_kb" -lt "$packages_kb" ]; then
    say "Only $((free_kb / 1024)) MB are free here; $((packages_kb / 1024)) MB are needed for the packages."
    exit 73
  fi
  npm ci --no-audit --no-fund --loglevel=error >.rarity/npm-ci.log 2>&1 &
  npm=$!
  # Asked to end, npm first undoes what it did, which takes as long as doing it; the next start begins anew.
  trap 'kill -9 "$npm" 2>/dev/null || true; exit 130' INT TERM HUP
  seconds=0
  while kill -0 "$npm" 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    [ $((seconds % 10)) -ne 0 ] || say "  still installing ($seconds s) ..."
  done
  installed=0
  wait "$npm" || installed=$?
  trap - INT TERM HUP
  return "$installed"
}

want=$(cksum <package-lock.json)
if [ ! -x node_modules/node/bin/node ] || [ "$(cat .rarity/packages 2>/dev/null || true)" != "$want" ]; then
  say "Installing the packages of package-lock.json into node_modules, with Node 24 among them"
  say "(first run or changed lockfile; takes a minute) ..."
  rm -f .rarity/packages
  if ! install_packages; then
    say "npm ci failed; is the registry ($(npm config get registry)) reachable? Its last lines:"
    tail -n 15 .rarity/npm-ci.log >&2
    say "(all of them: .rarity/npm-ci.log)"
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
  say "Packages installed in ${seconds} s."
fi
PATH="$ROOT/node_modules/node/bin:$PATH"
export PATH
