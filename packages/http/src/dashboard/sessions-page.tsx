import { useState } from 'preact/hooks'
import { call } from './api.ts'
import { counted, duration, lag } from './format.ts'
import { sessionHref } from './routes.ts'
import { SORTS, type Sort } from './sorts.ts'
import { isSwitchedOff, type State } from './state.ts'
import type { Session } from './types.ts'
import { Badge, Dialog, Sparkline, useAction } from './ui.tsx'

const STATUS = { active: 'busy', idle: 'quiet', draining: 'warn' } as const
/** Where the record of a session came from. */
export const ORIGIN = {
  created: 'created by this run',
  stored: 'read from a store',
  stamp: 'from its stamp on the host',
  host: 'from the host',
  now: 'found; its past is unknown',
} as const

/** The list of living sessions. */
export function SessionsPage({ state, now }: { state: State; now: number }) {
  const [filter, setFilter] = useState('')
  const [sort, setSort] = useState<Sort>('activity')
  const [isCreating, setCreating] = useState(false)
  const all = [...state.sessions.values()]
  const shown = all
    .filter(({ workspace }) => workspace.toLowerCase().includes(filter.toLowerCase()))
    .sort(SORTS[sort].compare)

  return (
    <>
      <Tiles state={state} />
      <div class="bar">
        <h1>Sessions</h1>
        {all.length > 0 && (
          <label class="filter">
            <span class="hidden">Filter by workspace</span>
            <input
              type="search"
              placeholder="Filter"
              value={filter}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          </label>
        )}
        {state.mayWrite && (
          <button type="button" class="primary" onClick={() => setCreating(true)}>
            New session
          </button>
        )}
      </div>
      {all.length === 0 && state.connection !== 'connecting' && (
        <div class="empty">
          <p>No session is running.</p>
          <p class="muted">
            {state.mayWrite
              ? 'Create one here, or let your gateway create it.'
              : 'Your gateway creates one when it needs it.'}
            {state.stats && state.stats.endedSessions > 0 && (
              <>
                {' '}
                <a href="#/ended">{counted(state.stats.endedSessions, 'session')} ended earlier.</a>
              </>
            )}
          </p>
        </div>
      )}
      {all.length > 0 && (
        <table class="sessions">
          <thead>
            <tr>
              <Heading name="workspace" label="Workspace" sort={sort} setSort={setSort} />
              <th scope="col">Status</th>
              <Heading name="age" label="Age" sort={sort} setSort={setSort} />
              <Heading name="activity" label="Last activity" sort={sort} setSort={setSort} />
              <Heading name="requests" label="Requests" sort={sort} setSort={setSort} />
              <th scope="col">Record</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((session) => (
              <Row
                key={session.workspace}
                session={session}
                now={now}
                counts={state.curves.get(session.workspace) ?? []}
              />
            ))}
          </tbody>
        </table>
      )}
      {all.length > 0 && shown.length === 0 && <p class="muted">No workspace has “{filter}” in its name.</p>}
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
    </>
  )
}

function Heading({
  name,
  label,
  sort,
  setSort,
}: {
  name: Sort
  label: string
  sort: Sort
  setSort: (sort: Sort) => void
}) {
  const isSorted = sort === name
  const { order } = SORTS[name]
  return (
    <th scope="col" aria-sort={isSorted ? order : undefined}>
      <button type="button" class="sort" onClick={() => setSort(name)}>
        {label}
        {isSorted ? (order === 'ascending' ? ' ↑' : ' ↓') : ''}
      </button>
    </th>
  )
}

function Row({ session, now, counts }: { session: Session; now: number; counts: readonly number[] }) {
  const { workspace, status, createdAt, lastActivityAt, totalRequests, activeRequests, saved, verified, origin } =
    session
  return (
    <tr>
      <th scope="row">
        <a href={sessionHref(workspace)}>{workspace}</a>
      </th>
      <td data-label="Status">
        <Badge tone={STATUS[status]}>{activeRequests > 1 ? `${status} (${activeRequests})` : status}</Badge>
      </td>
      <td data-label="Age">{duration(now - createdAt)}</td>
      <td data-label="Last activity">{duration(now - lastActivityAt)} ago</td>
      <td data-label="Requests">
        <div class="requests">
          <span>{totalRequests.toLocaleString('en')}</span>
          <Sparkline counts={counts} />
        </div>
      </td>
      <td data-label="Record">
        <Badge tone={saved ? 'good' : 'warn'}>{saved ? 'saved' : 'dirty'}</Badge>
        <span class="muted small">{verified ? ORIGIN[origin] : `${ORIGIN[origin]}; not verified yet`}</span>
      </td>
    </tr>
  )
}

/** Four figures of the pool. */
function Tiles({ state: { stats, persistence } }: { state: State }) {
  if (!stats || !persistence) return null
  const { effective, saved, sessions, oldestDirtyMs } = persistence
  const unsafe = sessions - saved
  const isGood = effective.reason === 'ok'
  return (
    <dl class="tiles">
      <div>
        <dt>Sessions</dt>
        <dd>
          {stats.totalSessions}
          <small> of {stats.maxSessions}</small>
        </dd>
      </div>
      <div>
        <dt>Requests</dt>
        <dd>
          {stats.totalRequests.toLocaleString('en')}
          <small> {stats.activeRequests} running</small>
        </dd>
      </div>
      <div>
        <dt>Stored in</dt>
        <dd>
          {effective.stores.join(', ')} <Badge tone={isGood ? 'good' : 'warn'}>{effective.reason}</Badge>
        </dd>
      </div>
      <div>
        <dt>Not yet safe</dt>
        <dd>
          {unsafe}
          <small>
            {' '}
            {unsafe === 0
              ? 'all saved'
              : isSwitchedOff(persistence)
                ? 'in memory alone'
                : `oldest ${lag(oldestDirtyMs)}`}
          </small>
        </dd>
      </div>
    </dl>
  )
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const [isRunning, start] = useAction()
  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const workspace = String(fields.get('workspace')).trim()
    const [command, cwd] = [fields.get('command'), fields.get('cwd')].map((field) => String(field ?? '').trim())
    const body = { workspace, ...(command ? { command } : {}), ...(cwd ? { cwd } : {}) }
    if (await start(() => call('POST', 'sessions', body))) location.hash = sessionHref(workspace)
  }
  return (
    <Dialog title="New session" onClose={onClose}>
      <form onSubmit={create}>
        <label>
          Workspace
          <input name="workspace" required maxLength={64} autocomplete="off" autofocus />
        </label>
        <p class="hint">Letters, digits, - and _. If the workspace has a session already, it is opened.</p>
        <details>
          <summary>Command and directory</summary>
          <label>
            Command
            <input name="command" autocomplete="off" placeholder="as the gateway starts every session" />
          </label>
          <label>
            Directory
            <input name="cwd" autocomplete="off" />
          </label>
        </details>
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isRunning}>
            {isRunning ? 'Creating …' : 'Create'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
