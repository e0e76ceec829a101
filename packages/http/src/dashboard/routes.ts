/** What the page shows. */
export type Route =
  | { readonly page: 'sessions' | 'ended' | 'stores' }
  | { readonly page: 'session'; readonly workspace: string }

/** The address of a session's page. */
export const sessionHref = (workspace: string): string => `#/session/${encodeURIComponent(workspace)}`

/** Reads an address after the `#`. An unknown address is the list of sessions. */
export function routeOf(hash: string): Route {
  const [, page = '', rest = ''] = hash.split('/')
  if (page === 'ended' || page === 'stores') return { page }
  if (page !== 'session' || rest === '') return { page: 'sessions' }
  try {
    return { page: 'session', workspace: decodeURIComponent(rest) }
  } catch {
    return { page: 'sessions' }
  }
}
