#!/bin/bash
# Tests of bazelw with a machine made up of scripts: bazelw_test.sh BAZELW
set -euo pipefail
bazelw=$(realpath "$1")
cd "$TEST_TMPDIR"
export MACHINE=$PWD/machine
real_path=$PATH
failures=0

# A machine where everything is installed, and whoever asks is root.
make_machine() {
  rm -rf "$MACHINE"
  mkdir -p "$MACHINE/bin"
  echo 0 > "$MACHINE/uid"
  local packages=()
  # shellcheck source=/dev/null
  source <(sed -n '/^packages=(/,/^)/p' "$bazelw")
  printf '%s\n' "${packages[@]}" > "$MACHINE/installed"
  : > "$MACHINE/calls"
  program dpkg-query 'for p; do
      if grep -q -x -e "$p" "$MACHINE/installed"; then echo "installed $p"; fi
    done
    exit 1'
  program id 'cat "$MACHINE/uid"'
  program sudo '[[ -e $MACHINE/sudo ]] || exit 1; shift; "$@"'
  program bazel '(printf "bazel"; printf " [%s]" "$@") >> "$MACHINE/calls"; echo out'
  program apt-get 'echo "apt-get $*" >> "$MACHINE/calls"
    if [[ $1 == update ]]; then touch "$MACHINE/lists"; exit 0; fi
    if [[ -e $MACHINE/broken ]] || [[ -e $MACHINE/no-lists && ! -e $MACHINE/lists ]]; then
      echo "E: Unable to locate package" >&2; exit 100
    fi'
  export PATH=$MACHINE/bin:$real_path
}

program() { printf '#!/bin/bash\n%s\n' "$2" > "$MACHINE/bin/$1"; chmod +x "$MACHINE/bin/$1"; }
remove() { sed -i "/^$1\$/d" "$MACHINE/installed"; }
run() { code=0; out=$("$bazelw" test "a b" 2> err) || code=$?; }

expect() {
  if ! eval "$2"; then
    echo "FAILED: $1: $2"
    echo "code=$code out=$out"; cat err "$MACHINE/calls"
    failures=$((failures + 1))
  fi
}

make_machine; run
expect "a complete machine" '[[ $code == 0 && $out == out && ! -s err ]]'
expect "arguments arrive as they are" '[[ $(< "$MACHINE/calls") == "bazel [test] [a b]" ]]'

make_machine; remove skopeo; remove clang-19; run
expect "what is missing is installed" \
  'grep -q "apt-get install .*clang-19 skopeo$" "$MACHINE/calls"'
expect "and nothing else" '! grep -q "lld-19" "$MACHINE/calls"'
expect "stdout stays Bazel'\''s" '[[ $out == out ]]'
expect "stderr says so" 'grep -q "installing clang-19 skopeo" err'
expect "lists are left alone" '! grep -q "apt-get update" "$MACHINE/calls"'

make_machine; remove skopeo; touch "$MACHINE/no-lists"; run
expect "empty lists are fetched" '[[ $code == 0 ]] && grep -q "apt-get update" "$MACHINE/calls"'
expect "apt'\''s first failure is not shown" '! grep -q "Unable to locate" err'

make_machine; remove skopeo; touch "$MACHINE/broken"; run
expect "a failure ends it" '[[ $code == 1 ]] && ! grep -q "^bazel" "$MACHINE/calls"'
expect "with apt'\''s words" \
  'grep -q "Unable to locate" err && grep -q "could not install skopeo" err'

make_machine; remove skopeo; echo 1000 > "$MACHINE/uid"; run
expect "an ordinary user is told what to do" \
  '[[ $code == 1 ]] && grep -q "missing: skopeo" err && grep -q "sudo apt-get install" err'
expect "and nothing is tried" '[[ ! -s $MACHINE/calls ]]'

make_machine; remove skopeo; echo 1000 > "$MACHINE/uid"; touch "$MACHINE/sudo"; run
expect "sudo without a password is used" \
  '[[ $code == 0 ]] && grep -q "apt-get install" "$MACHINE/calls"'

make_machine; echo 1000 > "$MACHINE/uid"; run
expect "an ordinary user with everything needs no root" '[[ $code == 0 && ! -s err ]]'

exit $((failures > 0))
