import { useState } from 'preact/hooks'
import { call, sessionPath } from './api.ts'
import { clock, duration, shellLine } from './format.ts'
import { ORIGIN } from './sessions-page.tsx'
import type { State } from './state.ts'
import { Terminal } from './terminal.tsx'
import { Badge, Dialog, Sparkline, useAction, useNotify } from './ui.tsx'

/** One session: its terminal, and what is known of it. */
export function SessionPage({ state, now, workspace }: { state: State; now: number; workspace: string }) {
  const [isEnding, setEnding] = useState(false)
  const [isRunning, start] = useAction()
  const notify = useNotify()
  const session = state.sessions.get(workspace)
  if (!session) return <Missing workspace={workspace} state={state} />
  const isDraining = session.status === 'draining'

  const copyAttach = async () => {
    const { command } = await call<{ command: string[] }>('GET', sessionPath(workspace, '/attach'))
    const line = shellLine(command)
    try {
      await navigator.clipboard.writeText(line)
      notify(`Copied: ${line}`)
    } catch {
      notify(line)
    }
  }

  return (
    <>
      <p class="crumbs">
        <a href="#/">Sessions</a> /
      </p>
      <div class="bar">
        <h1>{workspace}</h1>
        <Badge tone={session.saved ? 'good' : 'warn'}>{session.saved ? 'saved' : 'dirty'}</Badge>
        <span class="grow" />
        <button type="button" disabled={isRunning} onClick={() => start(copyAttach)}>
          Attach command
        </button>
        {state.mayWrite && (
          <>
            <button
              type="button"
              disabled={isRunning}
              onClick={() => start(() => call('POST', sessionPath(workspace, '/draining'), { draining: !isDraining }))}
            >
              {isDraining ? 'Take requests again' : 'Drain'}
            </button>
            <button type="button" class="danger" onClick={() => setEnding(true)}>
              End
            </button>
          </>
        )}
      </div>
      <Terminal workspace={workspace} mayWrite={state.mayWrite && !isDraining} />
      <dl class="facts">
        <div>
          <dt>Age</dt>
          <dd title={clock(session.createdAt, now)}>{duration(now - session.createdAt)}</dd>
        </div>
        <div>
          <dt>Last activity</dt>
          <dd>{duration(now - session.lastActivityAt)} ago</dd>
        </div>
        <div>
          <dt>Requests</dt>
          <dd class="requests">
            <span>{session.totalRequests.toLocaleString('en')}</span>
            <Sparkline counts={state.curves.get(workspace) ?? []} />
          </dd>
        </div>
        <div>
          <dt>Record</dt>
          <dd>{ORIGIN[session.origin]}</dd>
        </div>
        <div>
          <dt>Name on the host</dt>
          <dd>
            <code>{session.sessionName}</code>
          </dd>
        </div>
        {session.foreground && (
          <div>
            <dt>Runs</dt>
            <dd>
              <code>{session.foreground}</code>{' '}
              {session.attached && <span class="muted">(a terminal is attached)</span>}
            </dd>
          </div>
        )}
        {(session.generation ?? 1) > 1 && (
          <div>
            <dt>Generation</dt>
            <dd>{session.generation}</dd>
          </div>
        )}
        {session.attributes && Object.keys(session.attributes).length > 0 && (
          <div class="wide">
            <dt>Attributes</dt>
            <dd>
              <pre>{JSON.stringify(session.attributes, null, 2)}</pre>
            </dd>
          </div>
        )}
      </dl>
      {isEnding && <EndDialog workspace={workspace} onClose={() => setEnding(false)} />}
    </>
  )
}

function Missing({ workspace, state }: { workspace: string; state: State }) {
  const [isRunning, start] = useAction()
  if (state.connection === 'connecting') return null
  const resume = () => call('POST', `ended/${encodeURIComponent(workspace)}/resume`, {})
  return (
    <div class="empty">
      <h1>{workspace}</h1>
      <p>This session is not running.</p>
      <div class="buttons">
        <a href="#/ended">Ended sessions</a>
        {state.mayWrite && (
          <button type="button" class="primary" disabled={isRunning} onClick={() => start(resume)}>
            Resume
          </button>
        )}
      </div>
    </div>
  )
}

function EndDialog({ workspace, onClose }: { workspace: string; onClose: () => void }) {
  const [isRunning, start] = useAction()
  const end = async () => {
    const isDone = await start(() => call('DELETE', sessionPath(workspace, '?force=true')), `${workspace} has ended.`)
    if (isDone) location.hash = '#/'
  }
  return (
    <Dialog title={`End ${workspace}?`} onClose={onClose}>
      <p>
        Its program and every process that it started are ended, and its record is deleted from every store. This cannot
        be undone.
      </p>
      <div class="buttons">
        <button type="button" onClick={onClose} autofocus>
          Keep it
        </button>
        <button type="button" class="danger" disabled={isRunning} onClick={end}>
          End the session
        </button>
      </div>
    </Dialog>
  )
}
