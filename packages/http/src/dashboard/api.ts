/** A request that the gateway refused. */
class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

interface Answer {
  readonly error?: { readonly code?: string; readonly message?: string }
}

/** The routes are beside the page, wherever the gateway has mounted it. */
const base = new URL('.', document.baseURI)

/** Calls a route, and returns its JSON. @throws `ApiError` */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response
  try {
    response = await fetch(new URL(path, base), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  } catch {
    throw new ApiError('OFFLINE', 'The gateway does not answer.')
  }
  const text = await response.text()
  const answer = text === '' ? {} : (JSON.parse(text) as T & Answer)
  if (response.ok) return answer as T
  const { code = 'UNKNOWN', message = response.statusText } = (answer as Answer).error ?? {}
  throw new ApiError(code, message)
}

/** The path of a route of one session. */
export const sessionPath = (workspace: string, rest = ''): string => `sessions/${encodeURIComponent(workspace)}${rest}`

/** The address of the stream of events. */
export const eventsUrl = (): string => new URL('events', base).href
