// Packages without a CommonJS build work with require() all the same, from Node 20.19 on.
const assert = require('node:assert/strict')
const { createSessionPool } = require('@sessionkeep/core')

assert.equal(typeof require('@sessionkeep/tmux').tmuxHost, 'function')
assert.equal(typeof require('@sessionkeep/store-keyv').keyvStore, 'function')
assert.equal(typeof require('@sessionkeep/http').createHttpApp, 'function')
assert.equal(typeof require('@sessionkeep/http/node').toNodeHandler, 'function')
assert.equal(typeof require('@sessionkeep/cli'), 'object')

const { tmuxHost, tmuxStore } = require('@sessionkeep/tmux')
const { lowdbStore } = require('@sessionkeep/store-lowdb')
const host = tmuxHost({ socketName: 'required' })
const store = lowdbStore({ file: 'required.json' })
assert.equal(typeof createSessionPool({ host, metadata: { store, mirror: [tmuxStore({ host })] } }).start, 'function')
