import { codeOf, type MetadataStore } from '@sessionkeep/contracts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { KeyvStoreOptions } from '../../src/index.ts'
import { contextOf, everythingIn, logged, madeStore, namesOf, openedStore, rejection, signalIn } from './fixture.ts'
import type { Server } from './server.ts'
import { LOGIN, SECRET } from './servers.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)

/**
 * Tests of an outage for every server: calls fail in time, no record counts as absent, no error event is unhandled,
 * and the store works again once it was opened anew.
 */
export function outages(make: () => Promise<Server>, optionsAt: (port: number) => KeyvStoreOptions): void {
  describe('an outage', () => {
    let server: Server
    const options = () => optionsAt(server.port)

    beforeAll(async () => {
      server = await make()
    })
    beforeEach(async () => {
      process.on('unhandledRejection', note).on('uncaughtException', note)
      await server.start()
    })
    afterEach(async () => {
      server.thaw()
      await server.kill()
      process.off('unhandledRejection', note).off('uncaughtException', note)
      expect(unhandled.splice(0).map(everythingIn)).toEqual([])
    })
    afterAll(() => server.remove())

    /** Makes the call until it succeeds. A store whose connection was lost is opened anew, as a pool does. */
    const recovered = async (store: MetadataStore, task: () => Promise<unknown> | undefined) => {
      for (let left = 100; ; left--) {
        try {
          return await task()
        } catch (error) {
          if (left === 0) throw error
          if (codeOf(error) === 'STORE_CLOSED') {
            await store.close?.()
            await store.open?.(contextOf())?.catch(() => undefined)
          } else expect(error).toMatchObject({ retryable: true })
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }

    const failsEverywhere = async (store: ReturnType<typeof madeStore>) => {
      const calls = [
        store.getMany(['a'], signalIn(500)),
        store.setMany(new Map([['late', 1]]), signalIn(500)),
        store.deleteMany(['b'], signalIn(500)),
        namesOf(store),
      ]
      const errors = await Promise.all(calls.map(rejection))
      for (const error of errors) expect(['STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'STORE_CLOSED']).toContain(error.code)
      return errors
    }

    test('a server that is killed during calls fails these and all later calls, until it is back', async () => {
      const store = await openedStore(options())
      await store.setMany(new Map([['a', 1]]), signalIn())
      const calls = Array.from({ length: 20 }, (_, index) =>
        store.setMany(new Map([[`n${index}`, 'x'.repeat(10_000)]]), signalIn()).then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
      )
      await server.kill()
      for (const outcome of await Promise.all(calls))
        expect(['done', 'STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'STORE_CLOSED']).toContain(outcome)
      // The end of the server is noticed even when no call is made.
      await new Promise((resolve) => setTimeout(resolve, 100))
      const errors = await failsEverywhere(store)
      await server.start()
      await recovered(store, () => store.setMany(new Map([['b', 2]]), signalIn()))
      expect(await store.getMany(['b'], signalIn())).toEqual(new Map([['b', 2]]))
      const shown = errors.map(everythingIn).join() + logged.join()
      expect(shown).not.toContain(SECRET)
      expect(shown).not.toContain(LOGIN)
    })

    test('a frozen server fails a call by the deadline of the caller, close() does not wait for it, and it recovers', async () => {
      // On a busy machine, a call may take longer than that while nothing is frozen.
      const store = madeStore({ ...options(), timeoutMs: 1000 })
      await recovered(store, () => store.setMany(new Map([['a', 1]]), signalIn()))
      server.freeze()
      await failsEverywhere(store)
      expect(await rejection(store.getMany(['a'], signalIn(60_000)))).toMatchObject({
        code: expect.stringMatching(/TIMEOUT|CLOSED/),
      })
      const other = madeStore({ ...options(), timeoutMs: 500 })
      expect(await rejection(other.open?.(contextOf()))).toMatchObject({
        code: expect.stringMatching(/TIMEOUT|UNAVAILABLE/),
      })
      server.thaw()
      await recovered(store, () => store.setMany(new Map([['b', 2]]), signalIn()))
      await recovered(store, async () => {
        expect(await store.getMany(['a', 'b'], signalIn())).toEqual(
          new Map([
            ['a', 1],
            ['b', 2],
          ]),
        )
      })
      server.freeze()
      await rejection(store.getMany(['a'], signalIn(100)))
      await store.close?.()
      await other.close?.()
    })

    test('a server that comes back empty is read again: its records are absent, and writes succeed', async () => {
      const store = await openedStore(options())
      await store.setMany(new Map([['a', 1]]), signalIn())
      await server.kill()
      server.empty()
      await server.start()
      await recovered(store, () => store.setMany(new Map([['b', 2]]), signalIn()))
      expect(await store.getMany(['a', 'b'], signalIn())).toEqual(new Map([['b', 2]]))
      expect(await namesOf(store)).toEqual(['b'])
    })
  })
}

/** Tests a login that the server refuses; nobody may see its password. */
export function wrongLogin(optionsWith: (login: string, user?: string) => KeyvStoreOptions): void {
  test('a wrong password is one readable error without the password', async () => {
    const wrong = 'wr0ng:pass/word'
    const error = await rejection(madeStore(optionsWith(encodeURIComponent(wrong))).open?.(contextOf()))
    expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
    for (const secret of [wrong, encodeURIComponent(wrong)]) expect(everythingIn(error)).not.toContain(secret)
  })
}
