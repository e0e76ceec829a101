// SQLite without a package: with the module of Node where there is one, and with advice elsewhere.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyvStore } from '@sessionkeep/store-keyv'

const [major, minor] = process.versions.node.split('.').map(Number)
const hasModule = major > 22 || (major === 22 && minor >= 13)
const directory = mkdtempSync(join(tmpdir(), 'packed-sqlite-'))
const signal = AbortSignal.timeout(30_000)
const log = () => undefined
const context = { signal, owner: 'gateway', logger: { debug: log, info: log, warn: log, error: log } }
const made = () => keyvStore({ uri: `sqlite://${join(directory, 'records.db')}` })

try {
  const store = made()
  if (!hasModule) {
    await assert.rejects(store.open(context), {
      code: 'STORE_MISCONFIGURED',
      message: /Node 22\.13 or later, or the package sqlite3/,
    })
  } else {
    await store.open(context)
    assert.equal(store.capabilities.durability, 'power')
    await store.setMany(new Map(Array.from({ length: 500 }, (_, at) => [`n${at}`, { at }])), { signal })
    await store.deleteMany(['n0'], { signal })
    await store.setAside(['n1'], { signal })
    await assert.rejects(made().open(context), { code: 'STORE_LOCKED', message: new RegExp(`process ${process.pid}`) })
    await store.close()
    await store.open({ ...context, readOnly: true })
    const names = []
    for await (const name of store.list({ signal })) names.push(name)
    assert.equal(names.length, 498)
    assert.deepEqual(await store.getMany(['n7', 'n0'], { signal }), new Map([['n7', { at: 7 }]]))
    await store.close()
  }
} finally {
  rmSync(directory, { recursive: true })
}
