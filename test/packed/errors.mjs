// The exports work, and an ES module recognises an error of the CommonJS copy by its code.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { StoreError as ofContracts } from '@sessionkeep/contracts'
import { StoreError as ofErrors } from '@sessionkeep/contracts/errors'
import { StoreError } from '@sessionkeep/core'
import { defineStore, StoreError as ofStore, StoreBatchError } from '@sessionkeep/core/store'

// One class in every package and entry of a format, so that instanceof holds.
assert.equal(new Set([StoreError, ofStore, ofContracts, ofErrors]).size, 1)

const failed = new Map([['a', new StoreError('STORE_UNAVAILABLE', 'not there')]])
assert.equal(new StoreBatchError(failed).retryable, true)

const plugin = { name: 'own' }
assert.equal(defineStore(plugin), plugin)

const other = createRequire(import.meta.url)('@sessionkeep/core')
assert.equal(new other.StoreError('STORE_FULL', 'no room').code, 'STORE_FULL')
