import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { directoryWith, record } from './support/fixture.ts'
import { shell } from './support/shell.ts'

const program = built(fileURLToPath(new URL('../src/main.ts', import.meta.url)))
const run = (directory: string, line: string) => shell(directory, line, {}, program)

/** A directory with a store `./deaf.mjs` that never answers to a call which lists or writes, and ignores its signal. */
function withDeafStore(atFirst: string, isLively = true): string {
  const directory = directoryWith([record('docs')])
  writeFileSync(
    `${directory}/deaf.mjs`,
    `const never = async () => {
      ${isLively ? 'setInterval(() => undefined, 1000)' : ''}
      ${atFirst}
      return new Promise(() => undefined)
    }
    const list = async function* () {
      yield await never()
    }
    const capabilities = { durability: 'power', retains: true, shared: false }
    const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    const methods = { getMany: async () => new Map(), setMany: never, deleteMany: never, list }
    export default { name: 'deaf', apiVersion: 1, options, create: () => ({ name: 'deaf', capabilities, ...methods }) }`,
  )
  return directory
}

it.each([true, false])(
  'a store that neither answers nor heeds its signal is given up after the time-out, and the command ends; does it keep the process: %s',
  async (isLively) => {
    const line = 'timeout -s KILL 60 sessionkeep ls --store ./deaf.mjs --timeout 500 --json'
    const { code, out } = await run(withDeafStore('', isLively), line)
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 1, ok: false, error: { code: 'STORE_TIMEOUT' } })
  },
)

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a command whose store does not heed its signal ends at a %s with %d', async (signal, exitCode) => {
  const directory = withDeafStore(`process.kill(process.pid, '${signal}')`)
  for (const verb of ['ls --store', 'export --output backup.ndjson --store', 'copy --to file --from']) {
    const { code, out } = await run(directory, `sessionkeep ${verb} ./deaf.mjs --timeout 600000 --json`)
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: exitCode, ok: false })
  }
})

it('a second signal ends a command that is still writing, also if it is another one', async () => {
  const signals = `process.kill(process.pid, 'SIGINT'); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 200)`
  const line = 'sessionkeep copy --from file --to ./deaf.mjs --timeout 600000; echo "$?"'
  expect(await run(withDeafStore(signals), line)).toMatchObject({ out: '143\n' })
})

it('attach ends the program that it runs, and has the exit code of the signal', async () => {
  const directory = directoryWith([])
  const command = ['sh', '-c', 'trap "echo it was ended; exit 0" TERM; kill -TERM $PPID; while :; do sleep 0.1; done']
  const gateway = createServer((_, response) => response.end(JSON.stringify({ command })))
  await new Promise<void>((resolve) => gateway.listen(`${directory}/gateway.sock`, resolve))
  onTestFinished(() => void gateway.close())
  const { code, out, err } = await run(directory, 'sessionkeep attach docs --socket ./gateway.sock')
  expect({ code, out, err }).toMatchObject({
    code: 143,
    out: 'it was ended\n',
    err: expect.stringContaining('SIGTERM'),
  })
})
