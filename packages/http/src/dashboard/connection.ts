import { useEffect } from 'preact/hooks'
import { ApiError, call, eventsUrl } from './api.ts'
import type { Message } from './state.ts'
import type { Selection } from './types.ts'

/** How long after a refused connection the next one is tried, ms. */
const RETRY_MS = 1500
/** How often each curve gets another count, ms. */
const STEP_MS = 5000

const EVENTS = [
  ...['session:created', 'session:recovered', 'session:adopted', 'session:renamed', 'session:gone', 'session:deleted'],
  ...['session:ended', 'session:resumed', 'session:resume-failed', 'resume:offered'],
  ...['store:attached', 'store:degraded', 'store:locked', 'store:contended', 'store:switched', 'store:switch-failed'],
  ...['host:unavailable', 'host:available'],
]

/** Keeps the page connected to the stream of events, also over a restart of the gateway. */
export function useConnection(dispatch: (message: Message) => void): void {
  useEffect(() => {
    let source: EventSource
    let retry: ReturnType<typeof setTimeout> | undefined

    const open = (): void => {
      source = new EventSource(eventsUrl())
      const json = (event: Event) => JSON.parse((event as MessageEvent<string>).data)
      source.addEventListener('state', (event) => dispatch({ type: 'state', data: json(event), clientNow: Date.now() }))
      source.addEventListener('changes', (event) =>
        dispatch({ type: 'changes', data: json(event), clientNow: Date.now() }),
      )
      for (const name of EVENTS) {
        source.addEventListener(name, (event) => {
          const { at, ...data } = json(event)
          dispatch({ type: 'event', event: { event: name, at, data } })
          if (name.startsWith('store:switch')) void loadSelection(dispatch)
        })
      }
      source.addEventListener('error', async () => {
        // The browser tries again by itself, unless the answer was not a stream.
        const isClosed = source.readyState === EventSource.CLOSED
        if (isClosed) {
          clearTimeout(retry)
          retry = setTimeout(open, RETRY_MS)
        }
        dispatch({ type: 'connection', connection: isClosed && (await isRefused()) ? 'refused' : 'lost' })
      })
    }
    open()
    const count = setInterval(() => dispatch({ type: 'count' }), STEP_MS)
    return () => {
      source.close()
      clearTimeout(retry)
      clearInterval(count)
    }
  }, [dispatch])
}

/** Whether the gateway wants another login, as after a restart with a new token. */
async function isRefused(): Promise<boolean> {
  try {
    await call('GET', 'livez')
    return false
  } catch (error) {
    return error instanceof ApiError && error.code === 'UNAUTHORIZED'
  }
}

async function loadSelection(dispatch: (message: Message) => void): Promise<void> {
  try {
    dispatch({ type: 'selection', selection: await call<Selection>('GET', 'selection') })
  } catch {
    // The next `state` message has the selection.
  }
}
