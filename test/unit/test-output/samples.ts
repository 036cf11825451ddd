/** What runners really printed; the last three are written after their documentation. */
export const UNITTEST = `FE.F
======================================================================
ERROR: test_error (test_a.Sums.test_error)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/repo/test_a.py", line 5, in test_error
    def test_error(self): raise ValueError("x")
                          ^^^^^^^^^^^^^^^^^^^^^
ValueError: x

======================================================================
FAIL: test_bad (test_a.Sums.test_bad)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/repo/test_a.py", line 4, in test_bad
    def test_bad(self): self.assertEqual(1, 2)
                        ^^^^^^^^^^^^^^^^^^^^^^
AssertionError: 1 != 2

======================================================================
FAIL: test_sub (test_a.Sums.test_sub) (i=2)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/repo/test_a.py", line 8, in test_sub
    with self.subTest(i=i): self.assertEqual(i, 1)
                            ^^^^^^^^^^^^^^^^^^^^^^
AssertionError: 2 != 1

----------------------------------------------------------------------
Ran 4 tests in 0.005s

FAILED (failures=2, errors=1)
`;

export const VITEST = `
 RUN  v5.1.0 /repo

 ❯ t/a.test.ts (3 tests | 2 failed) 10ms
   ❯ sums (2)
     ✓ adds 2ms
     × fails 5ms
   × alone 2ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  t/a.test.ts > sums > fails
AssertionError: expected 1 to be 2 // Object.is equality

\u001b[32m- Expected\u001b[39m
\u001b[31m+ Received\u001b[39m

\u001b[32m- 2\u001b[39m
\u001b[31m+ 1\u001b[39m

 ❯ t/a.test.ts:2:91
      1| import { describe, expect, it } from "vitest";
      2| describe("sums", () => { it("adds", () => expect(1).toBe(1)); it("fail…
       |                                                                                           ^
      3| it("alone", () => expect([1]).toEqual([2]));
      4|

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/2]⎯

 FAIL  t/a.test.ts > alone
AssertionError: expected [ 1 ] to deeply equal [ 2 ]

\u001b[32m- Expected\u001b[39m
\u001b[31m+ Received\u001b[39m

\u001b[2m  [\u001b[22m
\u001b[32m-   2,\u001b[39m
\u001b[31m+   1,\u001b[39m
\u001b[2m  ]\u001b[22m

 ❯ t/a.test.ts:3:31
      1| import { describe, expect, it } from "vitest";
      2| describe("sums", () => { it("adds", () => expect(1).toBe(1)); it("fail…
      3| it("alone", () => expect([1]).toEqual([2]));
       |                               ^
      4|

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[2/2]⎯


 Test Files  1 failed (1)
      Tests  2 failed | 1 passed (3)
   Start at  13:27:19
   Duration  274ms (import 44%, transform 34%, tests 14%, worker 8%)

`;

export const PYTEST = `.F F.E                                                                    [100%]
=================================== FAILURES ===================================
test_p.py:5: AssertionError
=========================== short test summary info ============================
FAILED test_p.py::test_param[2] - assert 2 == 1
FAILED test_p.py::TestX::test_in - AssertionError: no - way
ERROR test_p.py::test_uses - RuntimeError: fixture
2 failed, 2 passed, 1 error in 0.76s
`;

export const CARGO = `running 3 tests
test tests::calm - should panic ... FAILED
test tests::adds ... ok
test tests::fails ... FAILED

failures:

---- tests::fails stdout ----

thread 'tests::fails' (31314) panicked at src/lib.rs:4:26:
assertion \`left == right\` failed
  left: 1
 right: 2

failures:
    tests::calm
    tests::fails

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s

error: test failed, to rerun pass \`--lib\`
`;

/** Written after the runners' documentation: these three were not run. */
export const GO = `=== RUN   TestAdd
--- FAIL: TestAdd (0.00s)
    --- FAIL: TestAdd/negative (0.00s)
        add_test.go:12: got 1, want 2
--- PASS: TestSub (0.00s)
FAIL
FAIL	example.com/add	0.002s
ok  	example.com/sub	0.001s
`;

export const JEST = `FAIL test/sum.test.js
  sums
    ✓ adds (2 ms)
    ✕ fails (5 ms)
  ✕ alone

  ● sums › fails

    expect(received).toBe(expected) // Object.is equality

  ● alone

    expect(received).toBe(expected)

Tests:       2 failed, 1 passed, 3 total
`;

export const MOCHA = `  sums
    ✔ adds
    1) fails

  2) alone

  1 passing (4ms)
  2 failing

  1) sums
       fails:

      AssertionError [ERR_ASSERTION]: 1 == 2
      at Context.<anonymous> (test.js:3:1)

  2) alone:
     Error: x
`;
