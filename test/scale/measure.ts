// Prints what pools on files cost, or batches and fleets on one real server, one line of JSON each.
import { measureBatches } from './batches.ts'
import { ENGINES, type Order } from './engines.ts'
import { measureFleet } from './fleet.ts'
import { measurePool } from './pools.ts'

const order: Order = JSON.parse(process.argv[2] ?? '{}')
// The timers of a pool do not keep the process from ending.
const alive = setInterval(() => undefined, 1000)
if (order.engine === 'file') {
  for (const sessions of order.pools) console.log(JSON.stringify({ pool: await measurePool(sessions) }))
  process.exit()
}
const server = await ENGINES[order.engine].make()
try {
  await server.start()
  console.log(JSON.stringify({ batches: await measureBatches(order.engine, server) }))
  for (const gateways of order.gateways)
    console.log(JSON.stringify({ fleet: await measureFleet(order.engine, server, gateways, order.sessions) }))
} finally {
  await server.remove()
  clearInterval(alive)
}
