/** What node's test runner really printed, stack frames of the runner itself left out. Each has one failing test alone and one in a group. */
export const NODE_TAP = `TAP version 13
# Subtest: adds
ok 1 - adds
  ---
  duration_ms: 0.785675
  type: 'test'
  ...
# Subtest: subtracts
not ok 2 - subtracts
  ---
  duration_ms: 0.672818
  type: 'test'
  location: '/repo/a.test.mjs:3:1'
  failureType: 'testCodeFailure'
  error: '1 == 2'
  code: 'ERR_ASSERTION'
  name: 'AssertionError'
  expected: 2
  actual: 1
  operator: '=='
  stack: |-
    TestContext.<anonymous> (file:///repo/a.test.mjs:3:32)
  ...
# Subtest: group
    # Subtest: inner fails
    not ok 1 - inner fails
      ---
      duration_ms: 11.605994
      type: 'test'
      location: '/repo/a.test.mjs:4:27'
      failureType: 'testCodeFailure'
      error: |-
        The expression evaluated to a falsy value:
        
          assert.ok(false)
        
      code: 'ERR_ASSERTION'
      name: 'AssertionError'
      expected: true
      actual: false
      operator: '=='
      stack: |-
        TestContext.<anonymous> (file:///repo/a.test.mjs:4:58)
      ...
    # Subtest: inner ok
    ok 2 - inner ok
      ---
      duration_ms: 0.114771
      type: 'test'
      ...
    1..2
not ok 3 - group
  ---
  duration_ms: 12.00759
  type: 'suite'
  location: '/repo/a.test.mjs:4:1'
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  code: 'ERR_TEST_FAILURE'
  ...
# Subtest: later
not ok 4 - later # TODO
  ---
  duration_ms: 0.338772
  type: 'test'
  location: '/repo/a.test.mjs:5:1'
  failureType: 'testCodeFailure'
  error: |-
    The expression evaluated to a falsy value:
    
      assert.ok(false)
    
  code: 'ERR_ASSERTION'
  name: 'AssertionError'
  expected: true
  actual: false
  operator: '=='
  stack: |-
    TestContext.<anonymous> (file:///repo/a.test.mjs:5:44)
  ...
1..4
# tests 5
# suites 1
# pass 2
# fail 2
# cancelled 0
# skipped 0
# todo 1
# duration_ms 148.245055
`;

export const NODE_SPEC = `✔ adds (5.66016ms)
✖ subtracts (0.756341ms)
▶ group
  ✖ inner fails (14.30813ms)
  ✔ inner ok (0.193687ms)
✖ group (14.929031ms)
⚠ later (0.556034ms) # TODO
ℹ tests 5
ℹ suites 1
ℹ pass 2
ℹ fail 2
ℹ cancelled 0
ℹ skipped 0
ℹ todo 1
ℹ duration_ms 199.836292

✖ failing tests:

test at a.test.mjs:3:1
✖ subtracts (0.756341ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
      at TestContext.<anonymous> (file:///repo/a.test.mjs:3:32)
    generatedMessage: true,
    code: 'ERR_ASSERTION',
    actual: 1,
    expected: 2,
    operator: '==',
    diff: 'simple'
  }

test at a.test.mjs:4:27
✖ inner fails (14.30813ms)
  AssertionError [ERR_ASSERTION]: The expression evaluated to a falsy value:
  
    assert.ok(false)
  
      at TestContext.<anonymous> (file:///repo/a.test.mjs:4:58)
    generatedMessage: true,
    code: 'ERR_ASSERTION',
    actual: false,
    expected: true,
    operator: '==',
    diff: 'simple'
  }

test at a.test.mjs:5:1
⚠ later (0.556034ms) # TODO
  AssertionError [ERR_ASSERTION]: The expression evaluated to a falsy value:
  
    assert.ok(false)
  
      at TestContext.<anonymous> (file:///repo/a.test.mjs:5:44)
    generatedMessage: true,
    code: 'ERR_ASSERTION',
    actual: false,
    expected: true,
    operator: '==',
    diff: 'simple'
  }
`;
