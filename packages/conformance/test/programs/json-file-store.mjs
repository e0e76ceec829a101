// The smallest store that can be tested with kills: one JSON document holds all records. `fault` breaks it in one way.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryStore, StoreError } from '@sessionkeep/contracts'

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export function jsonFileStore({ directory }, { fault, capabilities }) {
  const file = join(directory, 'records.json')
  const lock = join(directory, 'lock')
  const memory = memoryStore()
  const { signal } = new AbortController()
  let mode
  let turn = Promise.resolve()

  const load = async () => {
    const records = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    await memory.open({ signal, logger: console })
    for await (const name of memory.list({ signal })) await memory.deleteMany([name], { signal })
    await memory.setMany(new Map(Object.entries(records)), { signal })
  }
  const save = async () => {
    if (fault === 'saves at close alone') return
    const names = []
    for await (const name of memory.list({ signal })) names.push(name)
    const text = JSON.stringify(Object.fromEntries(await memory.getMany(names, { signal })))
    if (fault === 'writes in place') {
      const half = Math.floor(text.length / 2)
      writeFileSync(file, text.slice(0, half))
      await new Promise((resolve) => setTimeout(resolve, 15))
      writeFileSync(file, text)
      return
    }
    writeFileSync(`${file}.tmp`, text)
    renameSync(`${file}.tmp`, file)
  }
  const takeLock = () => {
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
    if (holder !== 0 && isAlive(holder)) throw new StoreError('STORE_LOCKED', `Process ${holder} has it.`)
    writeFileSync(lock, String(process.pid))
  }
  const inTurn = (task) => {
    const next = turn.then(task)
    turn = next.catch(() => undefined)
    return next
  }
  const changing = (verb) => (input, options) =>
    inTurn(async () => {
      await memory[verb](input, options)
      await save()
    })

  return {
    ...memory,
    name: 'json-file',
    capabilities,
    open: (context) =>
      inTurn(async () => {
        context.signal.throwIfAborted()
        if (!context.readOnly && !capabilities.shared && fault !== 'takes no lock') takeLock()
        await load()
        await memory.open(context)
        mode = context.readOnly ? 'reading' : 'writing'
      }),
    setMany: changing('setMany'),
    deleteMany: changing('deleteMany'),
    setAside: changing('setAside'),
    close: () =>
      inTurn(async () => {
        await memory.close()
        if (mode === 'writing') rmSync(lock, { force: true })
        mode = undefined
      }),
  }
}
