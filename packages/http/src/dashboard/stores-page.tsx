import { useState } from 'preact/hooks'
import { clock, duration, lag } from './format.ts'
import { isSwitchedOff, type State } from './state.ts'
import { SwitchDialog } from './switch-dialog.tsx'
import type { PoolEvent, Selection, Store } from './types.ts'
import { Badge } from './ui.tsx'

/** The stores, why they are selected, and how to change that. */
export function StoresPage({ state, now }: { state: State; now: number }) {
  const [wanted, setWanted] = useState<{ readonly to?: string }>()
  const { persistence, selection, mayWrite } = state
  if (!persistence || !selection) return null
  const { effective, afterRestart, desired } = persistence
  const isOff = isSwitchedOff(persistence)
  const isRuntime = desired.layer === 'runtime'

  return (
    <>
      <div class="bar">
        <h1>Stores</h1>
        <span class="grow" />
        {mayWrite && !isOff && (
          <button type="button" class="danger" onClick={() => setWanted({})}>
            Roll back …
          </button>
        )}
        {mayWrite && isRuntime && (
          <button type="button" class={isOff ? 'primary' : ''} onClick={() => setWanted({ to: 'auto' })}>
            Back to {afterRestart.store} …
          </button>
        )}
      </div>
      <ul class="cards stores">
        {persistence.stores.map((store) => (
          <StoreCard key={`${store.store} ${store.role}`} store={store} now={now} />
        ))}
        {persistence.stores.length === 0 && (
          <li class="card">
            <h2>memory</h2>
            <p class="muted">No store is active: what is counted is lost if the gateway ends.</p>
          </li>
        )}
      </ul>
      {mayWrite && <SwitchForm onReview={(to) => setWanted({ to })} present={effective.stores} />}
      <h2>Why this store?</h2>
      <p>{selection.why}.</p>
      <Layers selection={selection} />
      <h2>History</h2>
      <History events={state.events} now={now} />
      {wanted && <SwitchDialog to={wanted.to} onClose={() => setWanted(undefined)} />}
    </>
  )
}

function toneOf({ state, lastError, active }: Store): 'good' | 'warn' | 'bad' | 'busy' {
  if (state === 'degraded' || lastError) return 'bad'
  if (!active) return 'busy'
  return state === 'attached' ? 'good' : 'warn'
}

function StoreCard({ store, now }: { store: Store; now: number }) {
  const { role, state, durability, dirty, oldestDirtyMs, lastSuccessAt, lastError, active, degradedSince } = store
  return (
    <li class="card">
      <div class="bar">
        <h2>{store.store}</h2>
        <Badge tone={toneOf(store)}>{state}</Badge>
        <span class="muted">{active ? role : `being prepared as ${role}`}</span>
      </div>
      <dl class="facts">
        <div>
          <dt>Behind</dt>
          {/* A store that was not joined yet may lack more than its dirty names. */}
          <dd>
            {!active && state !== 'attached' ? 'not known yet' : dirty === 0 ? 'nothing waits' : `${dirty} waiting`}
          </dd>
          {dirty > 0 && <dd class="muted small">the oldest for {lag(oldestDirtyMs)}</dd>}
        </div>
        <div>
          <dt>A write survives</dt>
          <dd>{durability === 'power' ? 'a power cut' : durability === 'process' ? 'a kill' : 'nothing'}</dd>
        </div>
        <div>
          <dt>Last answer</dt>
          <dd>{lastSuccessAt === undefined ? 'none yet' : `${duration(now - lastSuccessAt)} ago`}</dd>
        </div>
        {degradedSince !== undefined && (
          <div>
            <dt>Degraded for</dt>
            <dd>{duration(now - degradedSince)}</dd>
          </div>
        )}
      </dl>
      {lastError && (
        <p class="alert bad">
          <code>{lastError.code}</code> {lastError.message}
        </p>
      )}
    </li>
  )
}

function SwitchForm({ onReview, present }: { onReview: (to: string) => void; present: readonly string[] }) {
  const review = (event: SubmitEvent) => {
    event.preventDefault()
    onReview(String(new FormData(event.currentTarget as HTMLFormElement).get('store')).trim())
  }
  const others = ['file', 'lowdb', 'keyv', 'tmux'].filter((name) => !present.includes(name))
  return (
    <form class="switch" onSubmit={review}>
      <label>
        Switch to
        <input name="store" required list="stores" autocomplete="off" placeholder="lowdb" />
      </label>
      <datalist id="stores">
        {others.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit">Review …</button>
    </form>
  )
}

function Layers({ selection }: { selection: Selection }) {
  return (
    <table class="layers">
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Names</th>
          <th scope="col">Verdict</th>
          <th scope="col">From</th>
        </tr>
      </thead>
      <tbody>
        {selection.layers.map(({ layer, store, mirror, verdict, state, source, detail }) => (
          <tr key={layer} class={verdict === 'decides' ? 'decides' : ''}>
            <th scope="row">{layer}</th>
            <td data-label="Names">
              {[store, ...(mirror ?? []).map((name) => `+ ${name}`)].filter(Boolean).join(' ') || '–'}
            </td>
            <td data-label="Verdict">
              <Badge tone={verdict === 'decides' ? 'good' : verdict === 'skipped' ? 'bad' : 'quiet'}>{verdict}</Badge>
              {state === 'kept' && <span class="muted small">last good value</span>}
            </td>
            <td data-label="From" class="muted">
              {[source, detail].filter(Boolean).join(' · ') || '–'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function textOf({ event, data }: PoolEvent): string {
  const name = (key: string): string => String(data[key] ?? '')
  const error = (data.error as { message?: string } | undefined)?.message ?? ''
  const list = (key: string): string => (Array.isArray(data[key]) ? (data[key] as string[]).join(', ') : '')
  switch (event) {
    case 'store:switched':
      return `Switched from ${list('from')} to ${list('to')} by ${name('layer')}${data.reason ? `: ${name('reason')}` : ''}`
    case 'store:attached':
      return `${name('store')} is attached`
    case 'store:switch-failed':
      return `${name('store')} could not be made active: ${error}`
    case 'host:available':
      return 'The host answers again'
    case 'host:unavailable':
      return `The host does not answer: ${error}`
    default:
      return `${name('store')} is ${event.slice('store:'.length)}: ${error}`
  }
}

function History({ events, now }: { events: readonly PoolEvent[]; now: number }) {
  if (events.length === 0) return <p class="muted">Nothing has happened since the gateway started.</p>
  return (
    <ol class="history">
      {events.map((event) => (
        <li key={`${event.at} ${event.event}`}>
          <time dateTime={new Date(event.at).toISOString()}>{clock(event.at, now)}</time> {textOf(event)}
        </li>
      ))}
    </ol>
  )
}
