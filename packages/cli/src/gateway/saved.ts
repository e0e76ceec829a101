import { sessionList } from './answers.ts'
import type { Gateway } from './client.ts'

/** The names of the living sessions whose present state the gateway has saved in its stores. */
export async function savedNames(gateway: Gateway): Promise<string[]> {
  const { sessions } = await gateway.call('GET', '/sessions', sessionList)
  return sessions.filter(({ saved }) => saved === true).map(({ sessionName }) => sessionName)
}
