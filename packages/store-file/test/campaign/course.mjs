// Performs a fixed course of a store with a journal, and prints which steps were acknowledged. It begins when its input
// has a byte, so that strace can be attached to it first, and sees the store's system calls only.
// Arguments: the built plug-in, the directory.
import crypto from 'node:crypto'
import { readSync, writevSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { pathToFileURL } from 'node:url'
import { STEPS } from './steps.mjs'

// strace finds the unfinished files by their paths.
crypto.randomBytes = (size) => Buffer.alloc(size)
syncBuiltinESMExports()

const [, , built = '', directory = ''] = process.argv
const { default: plugin } = await import(pathToFileURL(built).href)
const { signal } = new AbortController()
const silent = () => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }
// With writev, since faults are injected into write.
const say = (value) => writevSync(1, [Buffer.from(JSON.stringify(value)), Buffer.from('\n')])
const store = plugin.create({ directory, journal: true }, { logger })

const verbs = {
  open: () => store.open({ signal, logger }),
  close: () => store.close(),
  set: (values) => store.setMany(new Map(Object.entries(values).map(([name, n]) => [name, { n }])), { signal }),
  remove: (names) => store.deleteMany(names, { signal }),
}

say({ ready: true })
readSync(0, Buffer.alloc(1))
for (const [index, [verb, input]] of STEPS.entries()) {
  say({ begun: index })
  try {
    await verbs[verb](input)
    say({ done: index })
  } catch (error) {
    say({ failed: index, code: error.code })
  }
}
say({ ended: true })
