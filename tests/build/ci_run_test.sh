#!/bin/bash
# Tests of .ci/run with a bazelw of the test's own: ci_run_test.sh CI_RUN
set -euo pipefail
ci_run=$(realpath "$1")
cd "$TEST_TMPDIR"
mkdir -p tree/.ci
cp "$ci_run" tree/.ci/run
failures=0

# expect NAME CODE LAST-LINE EXIT-CODE-OF-BAZEL OUTPUT-OF-BAZEL
expect() {
  printf '%s\n' "$5" > output
  printf '#!/bin/bash\n[[ $1 == test ]] || exit 0\ncat %q\nexit %d\n' \
    "$PWD/output" "$4" > tree/bazelw
  chmod +x tree/bazelw
  local code=0 out
  out=$(bash tree/.ci/run 2>&1) || code=$?
  if [[ $code != "$2" || $(tail -n 1 <<< "$out") != "$3" ]]; then
    echo "FAILED: $1: exit $code, expected $2 and '$3'; printed:"
    echo "$out"
    failures=$((failures + 1))
  fi
  said=$out
}

expect "all pass" 0 "2 passed, 0 failed" 0 '
INFO: Elapsed time: 1s
//lib/a:a_test                                     PASSED in 0.1s
//lib/b:b_test                            (cached) PASSED in 2.0s

Executed 1 out of 2 tests: 2 tests pass.'
if [[ $(wc -l <<< "$said") != 1 ]]; then
  echo "FAILED: a good run prints more than its count:"; echo "$said"; failures=$((failures + 1))
fi

expect "some fail" 3 "1 passed, 3 failed" 3 '
FAIL: //lib/b:b_test (see /somewhere/test.log)
//lib/b:b_test: the expected PASSED
//lib/a:a_test                                     PASSED in 0.1s
//lib/b:b_test                                     FAILED in 0.1s
  /somewhere/test.log
//lib/c:c_test                                    TIMEOUT in 60.0s
//lib/d:d_test                                  NO STATUS'

expect "a test that does not build" 1 "1 passed, 1 failed" 1 '
ERROR: compile error
//lib/a:a_test                                     PASSED in 0.1s
//lib/b:b_test                                     FAILED TO BUILD'

expect "a program that does not build" 1 "1 passed, 1 failed" 1 '
ERROR: link error
//lib/a:a_test                                     PASSED in 0.1s'

expect "nothing loads" 1 "0 passed, 1 failed" 1 'ERROR: no such package'
expect "no test at all" 1 "0 passed, 1 failed" 0 'INFO: Build completed successfully'

exit $((failures > 0))
