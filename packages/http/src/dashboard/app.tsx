import { useMemo, useReducer } from 'preact/hooks'
import { useConnection } from './connection.ts'
import { EndedPage } from './ended-page.tsx'
import { duration, lag } from './format.ts'
import { useRoute } from './router.ts'
import { SessionPage } from './session-page.tsx'
import { SessionsPage } from './sessions-page.tsx'
import { initialState, reduce, type State } from './state.ts'
import { StoresPage } from './stores-page.tsx'
import { Badge, Notifying, useNotices, useNow } from './ui.tsx'

/** The dashboard. */
export function App() {
  const [state, dispatch] = useReducer(reduce, initialState)
  const send = useMemo(() => dispatch, [])
  useConnection(send)
  const route = useRoute()
  const now = useNow(state.clockSkewMs)
  const [notify, notices] = useNotices()
  const tab = route.page === 'session' ? 'sessions' : route.page

  return (
    <Notifying.Provider value={notify}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <a class="name" href="#/">
          sessionkeep
        </a>
        <nav aria-label="Pages">
          {(['sessions', 'ended', 'stores'] as const).map((page) => (
            <a
              key={page}
              href={page === 'sessions' ? '#/' : `#/${page}`}
              aria-current={tab === page ? 'page' : undefined}
            >
              {page === 'sessions' ? 'Sessions' : page === 'ended' ? 'Ended' : 'Stores'}
            </a>
          ))}
        </nav>
        <Connection state={state} />
      </header>
      <Alerts state={state} now={now} />
      <main id="main" tabIndex={-1}>
        {route.page === 'sessions' && <SessionsPage state={state} now={now} />}
        {route.page === 'session' && (
          <SessionPage key={route.workspace} state={state} now={now} workspace={route.workspace} />
        )}
        {route.page === 'ended' && <EndedPage state={state} now={now} />}
        {route.page === 'stores' && <StoresPage state={state} now={now} />}
      </main>
      <footer>
        {state.process &&
          `Gateway process ${state.process.pid}, running for ${duration(now - state.process.startedAt)}`}
        {state.process && !state.mayWrite && ' · read-only'}
      </footer>
      {notices}
    </Notifying.Provider>
  )
}

function Connection({ state }: { state: State }) {
  const { connection } = state
  const label = connection === 'live' ? 'live' : connection === 'lost' ? 'reconnecting …' : 'connecting …'
  return (
    <span class="connection" role="status">
      {connection === 'refused' ? (
        <a href="./">Log in again</a>
      ) : (
        <Badge tone={connection === 'live' ? 'good' : 'warn'}>{label}</Badge>
      )}
    </span>
  )
}

/** What needs attention, on every page. */
function Alerts({ state, now }: { state: State; now: number }) {
  const { persistence, stats } = state
  if (!persistence || !stats) return null
  const { effective, failedSwitch, switching, stores, oldestDirtyMs, desired } = persistence
  const fault = stores.find(({ lastError }) => lastError)
  return (
    <div class="alerts" aria-live="polite">
      {stats.host.state === 'unavailable' && (
        <p class="alert bad">
          The host does not answer{stats.host.reason ? `: ${stats.host.reason}` : '.'} Sessions are left as they are.
        </p>
      )}
      {switching && (
        <div class="alert busy">
          <p>
            Switching to <strong>{switching.store}</strong>, {switching.phase} for {duration(now - switching.since)}:{' '}
            {switching.written} of {switching.total} records written
          </p>
          <progress max={Math.max(1, switching.total)} value={switching.written} aria-label="Progress of the switch" />
        </div>
      )}
      {failedSwitch && (
        <p class="alert bad">
          {failedSwitch.store} is selected and cannot be made active (attempt {failedSwitch.attempts}):{' '}
          {failedSwitch.error.message}
        </p>
      )}
      {effective.reason === 'degraded' && (
        <p class="alert warn">
          {fault ? `${fault.store} fails: ${fault.lastError?.message}` : 'A store is behind.'} Sessions go on; the
          oldest change waits for {lag(oldestDirtyMs)}.
        </p>
      )}
      {effective.reason === 'rolled-back' && (
        <p class="alert warn">
          Persistence is switched off{desired.reason ? ` (${desired.reason})` : ''}. Changes are lost if the gateway
          ends. <a href="#/stores">Switch back</a>
        </p>
      )}
    </div>
  )
}
