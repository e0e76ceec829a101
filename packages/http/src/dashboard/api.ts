/** The error of a request that the gateway refused or did not receive. */
export class ApiError extends Error {
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
  // A browser reads such a part as a step up, so that the request would reach another route.
  if (/(^|\/)\.\.?([/?]|$)/.test(path))
    throw new ApiError('INVALID_WORKSPACE', 'A workspace with the name . or .. has no address; use another name.')
  let response: Response
  try {
    response = await fetch(new URL(path, base), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  } catch {
    throw new ApiError('OFFLINE', 'The gateway does not answer.')
  }
  const answer = answerOf(await response.text())
  if (response.ok && answer) return answer as T
  const { code = 'UNKNOWN', message = `The answer is not one of the gateway (status ${response.status}).` } =
    answer?.error ?? {}
  throw new ApiError(code, message)
}

/** Reads an answer; undefined for the page of a proxy before the gateway. */
function answerOf(text: string): Answer | undefined {
  try {
    return text === '' ? {} : (JSON.parse(text) as Answer)
  } catch {
    return undefined
  }
}

/** The path of a route of one session. */
export const sessionPath = (workspace: string, rest = ''): string => `sessions/${encodeURIComponent(workspace)}${rest}`

/** The address of the stream of events. */
export const eventsUrl = (): string => new URL('events', base).href
