const assert = require('node:assert/strict')
const { PoolError, StoreError } = require('@sessionkeep/core')

assert.equal(new StoreError('STORE_FULL', 'no room').retryable, true)
assert.ok(new PoolError('POOL_STOPPED', 'stopped') instanceof Error)

assert.equal(require('@sessionkeep/contracts').StoreError, StoreError)
