import assert from 'node:assert/strict'
import { walk as gettingStarted } from './getting-started.mjs'

export const page = 'docs/move-to-redis.md'
export const minutes = 10

/** The walk of the first page: the reader has its gateway already. */
export const prepare = gettingStarted

export async function walk(walker, before) {
  const fences = walker.fencesOf(page)
  const [program, withFile, look, install, both, , redisFirst, redisAlone, ask] = fences
  walker.save('gateway.mjs', program.text)
  walker.save('sessionkeep.config.json', withFile.text)
  await walker.run('sleep 2') // counts are written once a second
  await before.gateway.kill('SIGKILL')
  let gateway = await walker.start('node gateway.mjs', /ready/)
  const [first] = (await walker.run(look.text)).split('\n')
  assert.equal(JSON.parse(first).totalRequests, before.totalRequests + 1)
  await stores(walker, ['file'])

  await walker.run(install.text)
  try {
    await walker.run('sleep 2')
    await gateway.kill('SIGKILL')
    gateway = await walker.start('node gateway.mjs', /ready/)
    for (const [fence, expected] of [
      [both, ['file', 'keyv']],
      [redisFirst, ['keyv', 'file']],
      [redisAlone, ['keyv']],
    ]) {
      walker.save('sessionkeep.config.json', fence.text)
      await stores(walker, expected)
    }
    await walker.run(ask.text)
    await walker.run('sleep 2')
    await gateway.kill('SIGKILL')
    gateway = await walker.start('node gateway.mjs', /ready/)
    const after = JSON.parse(await walker.run(ask.text))
    assert.equal(after.createdAt, before.createdAt)
    assert.equal(after.totalRequests, before.totalRequests + 3)
  } finally {
    await walker.run('redis-cli -p 6379 shutdown nosave || true')
  }
}

/** Waits until the page says that a step is done. */
async function stores(walker, expected) {
  await walker.until(`the stores are ${expected}`, async () => {
    const persistence = JSON.parse(await walker.run('curl -s localhost:4100/persistence'))
    const { effective, switching, failedSwitch } = persistence
    assert.equal(failedSwitch, undefined)
    return effective.reason === 'ok' && !switching && effective.stores.join() === expected.join()
  })
}
