// Runs operations on a store in a separate process, and prints one JSON line for each.
// Arguments: the built plug-in, and { directory, options, context, ops, hold } as JSON.
import { execSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

const [, , bundle = '', argument = '{}'] = process.argv
const { directory, options, context, ops, hold } = JSON.parse(argument)
const { default: plugin } = await import(pathToFileURL(bundle).href)
const { signal } = new AbortController()
const say = (value) => writeSync(1, `${JSON.stringify(value)}\n`)
const log = (level) => (fields, message) => level === 'warn' && say({ warned: fields.code ?? message })
const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }

const store = plugin.create({ ...(directory === undefined ? {} : { directory }), ...options }, { logger })
const codes = (failed) => Object.fromEntries([...(failed ?? [])].map(([name, error]) => [name, error.code]))
const begun = []
const verbs = {
  open: () => store.open({ signal, logger, ...context }),
  set: (records) => store.setMany(new Map(Object.entries(records)), { signal }),
  // Sets one record of about this many bytes.
  fill: ([name, size]) => verbs.set({ [name]: { pad: 'x'.repeat(size) } }),
  get: async (names) => Object.fromEntries(await store.getMany(names, { signal })),
  delete: (names) => store.deleteMany(names, { signal }),
  durability: async () => store.capabilities.durability,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  close: () => store.close(),
  list: async () => {
    const names = []
    for await (const name of store.list({ signal })) names.push(name)
    return names
  },
  run: (command) => execSync(command, { encoding: 'utf8', timeout: 10_000, killSignal: 'SIGKILL' }).trim() || 'done',
  // Sets records, and aborts the call later.
  abandon: ([records, ms]) => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), ms)
    return store.setMany(new Map(Object.entries(records)), { signal: abort.signal })
  },
  // Runs a command later, during the operations that follow.
  later: ([ms, command]) => {
    setTimeout(() => execSync(command), ms)
  },
  // Opens all available descriptors, and closes them later.
  exhaust: (ms) => {
    const taken = []
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'))
    } catch (error) {
      setTimeout(() => taken.map((fd) => closeSync(fd)), ms)
      return error.code
    }
  },
  // Starts writes without waiting for them.
  begin: (batches) => {
    for (const records of batches) begun.push(verbs.set(records))
  },
  elsewhere: async (times) => {
    for (let n = 0; n < times; n += 1) await readFile('/etc/passwd')
  },
  pending: async () => {
    let settled = 0
    for (const write of begun)
      write.then(
        () => (settled += 1),
        () => (settled += 1),
      )
    await verbs.sleep(50)
    return begun.length - settled
  },
  settle: async () => (await Promise.allSettled(begun)).map(({ status }) => status),
  // Sets and deletes one name in turn.
  flip: async () => {
    for (let n = 1; ; n += 1) {
      if (n % 2 === 1) await store.setMany(new Map([['flip', { n }]]), { signal })
      else await store.deleteMany(['flip'], { signal })
      say({ flipped: n })
    }
  },
  // Writes until it is killed, and prints which writes were acknowledged.
  forever: async ({ names, size }) => {
    for (let n = 1; ; n += 1) {
      const records = new Map(names.map((name) => [name, { n, pad: 'x'.repeat(size) }]))
      await store.setMany(records, { signal })
      say({ acknowledged: n })
    }
  },
}

for (const [verb, input] of ops) {
  try {
    say({ [verb]: (await verbs[verb](input)) ?? 'done' })
  } catch (error) {
    const advice = error.code === 'STORE_MISCONFIGURED' ? { advice: error.message } : {}
    say({ [verb]: error.code, failed: codes(error.failed), errno: error.cause?.code, ...advice })
  }
}
if (hold) process.stdin.resume().on('end', () => process.exit(0))
