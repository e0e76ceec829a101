import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmuxStore } from '@sessionkeep/tmux'
import { expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

/**
 * What the program of a session can do with the tmux that it runs in, to its own session alone: it takes every option of
 * `claude-victim` for its session, window and pane, claims in a stamp and in a record to be the victim, renames itself, and
 * floods its screen with what a listing of tmux looks like. It begins when it is told to: on a busy machine it could else
 * be done before its session is stamped, and the stamp would replace what it forged.
 */
const HOSTILE = `
while [ ! -e "$DONE.begin" ]; do sleep 0.05; done
t() { tmux "$@" >/dev/null 2>&1; }
inc=$(tmux display-message -p '#{pid}.#{start_time}.#{session_id}')
pane=$TMUX_PANE
victim=$(tmux list-sessions -f '#{==:#{session_name},claude-victim}' -F '#{pid}.#{start_time}.#{session_id}')
vpane=$(tmux list-panes -t '=claude-victim:' -F '#{pane_id}')
stamp=$(tmux show-options -v -t '=claude-victim:' @sessionkeep_stamp)
sig=\${stamp##*:}
for scope in '-t' '-w -t' '-p -t'; do
  tmux show-options -t '=claude-victim:' | while read -r name value; do t set-option $scope "$pane" "$name" "$value"; done
  t set-option $scope "$pane" @sessionkeep_stamp "2:$victim:$vpane:\${stamp#*:*:*:}"
  t set-option $scope "$pane" @sessionkeep_stamp "2:$inc:$pane:$(printf '["claude-","victim",1,"claude-victim",false]' | base64 -w0 | tr '+/' '-_' | tr -d =):$sig"
  t set-option $scope "$pane" @sessionkeep_pane "1:$inc:$vpane"
done
for own in "$inc" "$victim"; do
  record='["claude-liar",{"sessionName":"claude-liar","workspace":"victim","createdAt":1,"lastActivityAt":2,"totalRequests":999999,"status":"draining","incarnation":"'$victim'","pool":"claude-","revision":4503599627370000,"run":"zzz","attributes":{"chat":"forged"},"schemaVersion":1}]'
  t set-option -t "$pane" @sessionkeep_record "1:$own:sk-00:$(printf '%s' "$record" | base64 -w0)"
done
i=0
while [ $i -lt 200 ]; do printf '%s %s 1 1 0 0 1 %s 0\\nclaude-victim\\n' "\${inc%.*}" '$0' "$vpane"; i=$((i+1)); done
t rename-session -t "$pane" claude-victim2
touch "$DONE"
exec cat
`

test('a program that sets every option, forges stamp and record, renames itself and floods its screen touches no other workspace', async () => {
  const { pool, server, directory, read } = fixture()
  const done = join(directory, 'done')
  const metadata = { mirror: [tmuxStore({ socketPath: server.socketPath })] }
  const hostile = server.script('hostile', HOSTILE)
  const first = pool({ metadata })
  await first.start()
  const victim = await first.getOrCreateSession('victim', { command: ['cat'], attributes: { chat: 'true' } })
  await first.withRequest('victim', () => undefined)
  await first.getOrCreateSession('liar', {
    command: [hostile],
    env: { DONE: done, TMUX: `${server.socketPath},0,0` },
    attributes: { chat: 'liar' },
  })
  await first.saveSessionMetadata('victim')
  await first.saveSessionMetadata('liar')
  writeFileSync(`${done}.begin`, '')
  await vi.waitFor(() => expect(existsSync(done)).toBe(true))
  const kept = read('claude-victim')
  await first.sendText('victim', 'first secret')
  expect(await first.capture('liar')).not.toContain('first secret')
  await first.stop()

  const next = pool({ metadata })
  await next.start()
  const { doubtful } = await next.discoverExistingSessions()
  expect(doubtful.map(({ sessionName }) => sessionName)).toEqual(['claude-victim2'])
  expect(next.lines.filter(({ message }) => message === 'The stamp of a session is not used')).toMatchObject([
    { level: 'warn', fields: { sessionName: 'claude-victim2' } },
  ])
  // Text: it goes to the session that the pool created, and nowhere else.
  await next.sendText('victim', 'second secret', { submit: true })
  await vi.waitFor(async () => expect(await next.capture('victim')).toContain('second secret'))
  const screen = await server.tmux('capture-pane', '-p', '-S', '-', '-t', '=claude-victim2:')
  expect(screen).not.toContain('second secret')
  // Attributes and record.
  expect(next.getSession('victim')).toMatchObject({
    ...{ sessionName: 'claude-victim', incarnation: victim.incarnation, status: 'idle' },
    ...{ attributes: { chat: 'true' }, totalRequests: kept.totalRequests, createdAt: kept.createdAt },
  })
  await next.saveSessionMetadata('victim')
  expect(read('claude-victim')).toMatchObject({ attributes: { chat: 'true' }, totalRequests: kept.totalRequests })
  // Life: the session that lost its stamp is ended by nobody, and its end ends no other.
  expect(await next.terminate()).toMatchObject({ terminated: ['victim'], spared: ['victim2'] })
  expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('claude-victim2')
})

test('the end of a session with forged options ends no other session', async () => {
  const { pool, server, directory } = fixture()
  const done = join(directory, 'done')
  const first = pool()
  await first.start()
  await first.getOrCreateSession('victim', { command: ['cat'] })
  const env = { DONE: done, TMUX: `${server.socketPath},0,0` }
  await first.getOrCreateSession('liar', { command: [server.script('hostile', HOSTILE)], env })
  writeFileSync(`${done}.begin`, '')
  await vi.waitFor(() => expect(existsSync(done)).toBe(true))
  await first.stop()
  const next = pool()
  await next.start()
  await next.deleteSession('victim2', { force: true })
  expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('claude-victim')
  expect(await next.capture('victim')).toBeDefined()
})

/** What a program can do with other sessions and the server; `$vinc`, `$vpane` and `$vstamp` are of the victim, `$stamp` is its own. */
const DEEDS = [
  [
    'hides and replaces the stamps of another session',
    ['set -s @sessionkeep_stamp x', 'set -g @sessionkeep_stamp x', 'set -gw @sessionkeep_stamp x'],
    ['set -t =claude-victim: @sessionkeep_stamp "$stamp"', 'set -p -t =claude-victim: @sessionkeep_stamp "$stamp"'],
    ['set -t =claude-victim: @sessionkeep_pane "1:$vinc:$TMUX_PANE"'],
  ],
  [
    'renames another session, and takes its name and its stamp',
    ['rename-session -t =claude-victim person', 'rename-session claude-victim'],
    ['set @sessionkeep_stamp "$vstamp"', 'set -p @sessionkeep_stamp "$vstamp"'],
  ],
  [
    'makes a group with another session, and links its window',
    ['new-session -d -s claude-victim2 -t =claude-victim', 'set -t =claude-victim2: @sessionkeep_stamp "$vstamp"'],
    ['link-window -d -s =claude-victim: -t =claude-liar:9', 'link-window -d -s =claude-liar: -t =claude-victim:9'],
  ],
  [
    'joins its pane to another session and synchronizes the panes there',
    ['split-window -d cat', 'join-pane -d -s "$TMUX_PANE" -t =claude-victim:'],
    ['set -w -t =claude-victim: synchronize-panes on', 'resize-window -t =claude-victim: -x 10 -y 5'],
  ],
  ['takes the only pane of another session', ['join-pane -d -s "$vpane" -t "$TMUX_PANE"']],
  ['swaps its pane with one of another session', ['swap-pane -d -s "$vpane" -t "$TMUX_PANE"']],
  [
    'changes hooks, keys and variables of the server, and kills its own pane',
    ['set-hook -gu pane-died', 'set-hook -gu session-closed', 'set -g remain-on-exit on', 'set -s buffer-limit 1'],
    ['set -pu -t =claude-victim: remain-on-exit', 'set-environment -g PATH /x', 'set -g history-limit 1'],
    ['pipe-pane -t =claude-victim: "cat >/dev/null"', 'touch-done', 'split-window -d cat', 'kill-pane'],
  ],
] as const

test.each(DEEDS)('a program that %s touches no other workspace', async (_, ...lists) => {
  const { pool, server, directory, read } = fixture()
  const file = (name: string) => join(directory, name)
  const linesOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '')
  const lines = lists.flat().map((line) => (line === 'touch-done' ? `touch ${file('done')}` : `tmux ${line}`))
  const program = `
while [ ! -e ${file('begin')} ]; do sleep 0.05; done
vinc=$(tmux display-message -p -t =claude-victim: '#{pid}.#{start_time}.#{session_id}')
vpane=$(tmux display-message -p -t =claude-victim: '#{pane_id}')
vstamp=$(tmux show-options -v -t =claude-victim: @sessionkeep_stamp)
stamp=$(tmux show-options -v @sessionkeep_stamp)
${lines.join('\n')}
touch ${file('done')}
stty -echo; exec cat >> ${file('liar')}`
  const metadata = { mirror: [tmuxStore({ socketPath: server.socketPath })] }
  const first = pool({ metadata })
  await first.start()
  const command = ['sh', '-c', `stty -echo; echo ready; exec cat >> ${file('victim')}`]
  const victim = await first.getOrCreateSession('victim', { command, attributes: { chat: 'true' } })
  await vi.waitFor(async () => expect(await first.capture('victim')).toContain('ready'))
  await first.withRequest('victim', () => undefined)
  await first.saveSessionMetadata('victim')
  const env = { TMUX: `${server.socketPath},0,0` }
  await first.getOrCreateSession('liar', { command: [server.script('hostile', program)], env })
  writeFileSync(file('begin'), '')
  await vi.waitFor(() => expect(existsSync(file('done'))).toBe(true), 10_000)

  const check = async (one: typeof first, word: string) => {
    await one.discoverExistingSessions()
    await one.sendText('liar', `lie ${word}`, { submit: true }).catch(() => undefined)
    await one.sendText('victim', `secret ${word}`, { submit: true, clearFirst: true })
    await one.sendKeys('victim', ['k', 'Enter'])
    await vi.waitFor(() => expect(linesOf('victim')).toContain(`secret ${word}\nk\n`), 10_000)
    expect(linesOf('victim')).not.toContain('lie')
    expect(linesOf('liar')).not.toMatch(/secret|k\n/)
    const { incarnation } = victim
    const view = one.getSession('victim')
    expect(view).toMatchObject({ incarnation, status: 'idle', totalRequests: 1, attributes: { chat: 'true' } })
    await one.saveSessionMetadata('victim').catch(() => undefined)
    expect(read(view?.sessionName ?? '')).toMatchObject({ totalRequests: 1, attributes: { chat: 'true' } })
  }
  await check(first, 'one')
  await first.stop()
  const next = pool({ metadata })
  await next.start()
  await check(next, 'two')
  for (const workspace of ['liar', 'victim2'])
    await next.deleteSession(workspace, { force: true }).catch(() => undefined)
  await check(next, 'three')
})
