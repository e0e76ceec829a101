// The exports work, and an ES module recognises an error of the CommonJS copy by its code.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { StoreError } from '@sessionkeep/core'
import { defineStore, StoreBatchError } from '@sessionkeep/core/store'

const failed = new Map([['a', new StoreError('STORE_UNAVAILABLE', 'not there')]])
assert.equal(new StoreBatchError(failed).retryable, true)

const plugin = { name: 'own' }
assert.equal(defineStore(plugin), plugin)

const other = createRequire(import.meta.url)('@sessionkeep/core')
assert.equal(new other.StoreError('STORE_FULL', 'no room').code, 'STORE_FULL')
