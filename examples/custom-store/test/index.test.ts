import { expect, test } from 'vitest'
import plugin from '../src/index.ts'
import { FS, MEMORY } from './support/profiles.ts'

const checked = async (options: unknown) => plugin.options['~standard'].validate(options)
const faultsOf = async (options: unknown) => ((await checked(options)).issues ?? []).map(({ message }) => message)

test.each([
  ['fs', FS],
  ['memory', MEMORY],
])('the plug-in declares the capabilities of %s that the suite has shown', async (driver, capabilities) => {
  const result = await checked({ driver })
  if (result.issues) throw new Error('refused')
  const store = plugin.create(result.value, { logger: console })
  expect(store).toMatchObject({ name: plugin.name, capabilities })
})

test('the user declares the capabilities of an untested driver', async () => {
  const capabilities = { durability: 'process', shared: true }
  const result = await checked({ driver: 'redis', options: { url: 'redis://127.0.0.1' }, capabilities })
  if (result.issues) throw new Error('refused')
  expect(plugin.create(result.value, { logger: console }).capabilities).toEqual({ retains: true, ...capabilities })
  expect(await faultsOf({ driver: 'redis' })).toEqual([expect.stringContaining('what do its writes survive?')])
  expect(await faultsOf({ driver: 'fs', capabilities })).toHaveLength(1)
})

test.each([[{}], [{ driver: '../../secret' }], [{ driver: 'fs', base: '/tmp' }], ['fs']])(
  'the options %j are refused',
  async (options) => {
    expect((await faultsOf(options)).length).toBeGreaterThan(0)
  },
)
