import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server whose target can be changed, as a virtual address that moves in a failover. */
export async function proxyTo(target: number) {
  const sockets = new Set<Socket>()
  const state = { target }
  const server = createServer((client) => {
    const upstream = connect(state.target, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    /** Sends new connections to another server. Those that exist stay where they are. */
    moveTo(next: number): void {
      state.target = next
    },
    /** Ends all connections. */
    drop,
    async close(): Promise<void> {
      drop()
      server.close()
    },
  }
}
