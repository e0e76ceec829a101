import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { KeyvStoreOptions } from '../../src/index.ts'
import { contextOf, everythingIn, madeStore, rejection } from './fixture.ts'

/** What a server sends: at once, or in answer to each message of the client. */
export interface Garbage {
  readonly first?: Buffer
  readonly answers?: readonly Buffer[]
}

const SENT: Readonly<Record<string, Garbage>> = {
  'HTTP before it was asked': { first: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
  'HTTP in answer': { answers: [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')] },
  zeros: { answers: [Buffer.alloc(10_000)] },
  'bytes of 255': { answers: [Buffer.alloc(10_000, 255)] },
  'one byte': { answers: [Buffer.from('S')] },
  nothing: {},
}

/**
 * Tests a server that does not speak the protocol of the store: `open()` rejects with a coded error in time, without an
 * exception that would end the process. `more` is what is hard for the client of this engine.
 */
export function garbage(optionsAt: (port: number) => KeyvStoreOptions, more: Readonly<Record<string, Garbage>> = {}) {
  test.each(Object.entries({ ...SENT, ...more }))(
    'open() rejects when the server sends: %s',
    async (_, { first, answers = [] }) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => undefined)
        if (first) socket.write(first)
        let at = 0
        socket.on('data', () => {
          const answer = answers[Math.min(at, answers.length - 1)]
          at += 1
          if (answer) socket.write(answer)
        })
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      try {
        const store = madeStore({ ...optionsAt(port), timeoutMs: 400 })
        const error = await rejection(store.open?.(contextOf({ owner: 'a' })))
        expect(error.code).toMatch(/^STORE_(UNAVAILABLE|TIMEOUT|MISCONFIGURED)$/)
        expect(everythingIn(error)).not.toContain('s3cret')
      } finally {
        for (const socket of sockets) socket.destroy()
        server.close()
        await once(server, 'close')
      }
    },
  )
}
