import { useEffect, useState } from 'preact/hooks'
import { parseScreen } from './ansi.ts'
import { call } from './api.ts'
import { counted, duration } from './format.ts'
import { sessionHref } from './routes.ts'
import type { State } from './state.ts'
import type { Ended } from './types.ts'
import { Badge, useAction, useNotify } from './ui.tsx'

const CAUSES: Readonly<Record<string, string>> = {
  exited: 'its command ended',
  killed: 'ended by somebody else',
  server: 'lost with its server',
  boot: 'lost in a reboot',
  idle: 'ended for its silence',
  replaced: 'another session took its name',
  deleted: 'deleted',
  terminated: 'terminated',
}

/** The ended sessions, with what their screens showed last. */
export function EndedPage({ state, now }: { state: State; now: number }) {
  const notify = useNotify()
  const [sessions, setSessions] = useState<readonly Ended[]>()
  useEffect(() => {
    call<{ sessions: Ended[] }>('GET', 'ended?limit=500').then(
      (answer) => setSessions(answer.sessions),
      (error: Error) => notify(error.message, 'bad'),
    )
  }, [state.endedVersion, notify])
  const [isRunning, start] = useAction()
  const lost = sessions?.filter(({ ended }) => ended?.cause === 'server' || ended?.cause === 'boot').length ?? 0

  return (
    <>
      <div class="bar">
        <h1>Ended sessions</h1>
        <span class="grow" />
        {state.mayWrite && lost > 0 && (
          <button
            type="button"
            class="primary"
            disabled={isRunning}
            onClick={() => start(() => call('POST', 'resume', {}), 'Resumed.')}
          >
            Resume {counted(lost, 'lost session')}
          </button>
        )}
      </div>
      {sessions?.length === 0 && (
        <div class="empty">
          <p>No session has ended.</p>
          <p class="muted">Sessions that you delete are not kept here.</p>
        </div>
      )}
      <ul class="cards">
        {sessions?.map((session) => (
          <EndedCard key={session.workspace} session={session} now={now} mayWrite={state.mayWrite} />
        ))}
      </ul>
    </>
  )
}

function EndedCard({ session, now, mayWrite }: { session: Ended; now: number; mayWrite: boolean }) {
  const [isRunning, start] = useAction()
  const { workspace, totalRequests, ended, lastActivityAt } = session
  const path = `ended/${encodeURIComponent(workspace)}`
  const resume = async () => {
    if (await start(() => call('POST', `${path}/resume`, {}), `${workspace} was resumed.`))
      location.hash = sessionHref(workspace)
  }
  const isFailure = (ended?.exitCode ?? 0) !== 0 || ended?.signal !== undefined
  const how =
    ended?.exitCode !== undefined
      ? `exit code ${ended.exitCode}`
      : ended?.signal !== undefined
        ? `signal ${ended.signal}`
        : undefined
  return (
    <li class="card">
      <div class="bar">
        <h2>{workspace}</h2>
        {how && <Badge tone={isFailure ? 'bad' : 'quiet'}>{how}</Badge>}
        {ended?.interrupted && <Badge tone="warn">a request was cut off</Badge>}
        <span class="grow" />
        {mayWrite && (
          <span class="pair">
            <button
              type="button"
              disabled={isRunning}
              onClick={() => start(() => call('DELETE', path), `${workspace} is forgotten.`)}
            >
              Forget<span class="hidden"> {workspace}</span>
            </button>
            <button type="button" class="primary" disabled={isRunning} onClick={resume}>
              Resume<span class="hidden"> {workspace}</span>
            </button>
          </span>
        )}
      </div>
      <p class="muted">
        {duration(now - (ended?.at ?? lastActivityAt))} ago ·{' '}
        {CAUSES[ended?.cause ?? ''] ?? ended?.cause ?? 'nobody saw how'} · {counted(totalRequests, 'request')}
      </p>
      {ended?.screen && (
        <details open={isFailure}>
          <summary>Last lines</summary>
          <pre class="screen short">
            {parseScreen(ended.screen)
              .map((spans) => spans.map(({ text }) => text).join(''))
              .join('\n')}
          </pre>
        </details>
      )}
    </li>
  )
}
