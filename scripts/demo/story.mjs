import { eventually } from './eventually.mjs'
import { startGateway } from './gateway.mjs'

const WORKSPACES = ['docs', 'build', 'scratch']
const LAST_TICK = 15
const TICKS = `i=0; while [ $i -lt ${LAST_TICK} ]; do i=$((i+1)); echo tick $i; sleep 0.1; done`
// A test sets this variable so that the demo fails.
const FILE = process.env.DEMO_STORE || 'file'

/** Runs the whole demo. Each claim is checked where it is printed. */
export async function runStory(sandbox, terminal) {
  let gateway = await startThreeWorkspaces(sandbox, terminal)
  const before = await killAtWork(sandbox, terminal, gateway)
  gateway = await startAgain(sandbox, terminal, before)
  await deleteOne(sandbox, terminal, gateway)
  gateway = await rollBackAndRestore(sandbox, terminal, gateway)
  await loseTmux(sandbox, terminal, gateway)
}

async function startThreeWorkspaces(sandbox, { heading, claim, table }) {
  heading('1. A gateway with three workspaces, each a tmux session')
  const gateway = await startGateway(sandbox, FILE)
  const hello = await gateway.ask('docs', 'echo hello from docs')
  claim('docs ran `echo hello from docs`, and returned its output', hello.output === 'hello from docs', hello.output)
  const counted = await gateway.ask('build', 'for i in 1 2 3 4 5; do echo count $i; done')
  claim('build ran a loop, and returned `count 1` to `count 5`', /^(count \d\n?){5}$/.test(counted.output))
  await gateway.ask('scratch', 'ticket=4711')
  const ticket = await gateway.ask('scratch', 'echo $ticket')
  claim('scratch has a variable in its shell: ticket=4711', ticket.output === '4711', ticket.output)
  table(await gateway.list())
  claim('tmux has the three sessions', same([...sandbox.panes().keys()].sort(), WORKSPACES.map(sessionName).sort()))
  const wanted = WORKSPACES.map(fileName).sort()
  claim(
    'the three records are readable JSON files: quick-docs.json, …',
    same([...sandbox.records().keys()], wanted),
    [...sandbox.records().keys()].join(', ') || 'there are none',
  )
  return gateway
}

async function killAtWork(sandbox, { heading, claim, remark, table }, gateway) {
  heading('2. kill -9, in the middle of a request')
  const unanswered = gateway.ask('build', TICKS).then(
    () => false,
    () => true,
  )
  await eventually(async () => (await gateway.screen('build')).includes('tick 2'))
  for (const workspace of WORKSPACES) await gateway.save(workspace)
  const sessions = byWorkspace(await gateway.list())
  const panes = sandbox.panes()
  table(sessions.values())
  await gateway.end('SIGKILL')
  claim('the gateway is dead, and the request in build got no answer', await unanswered)
  claim('the three sessions still run, with the same processes', same([...sandbox.panes()], [...panes]))
  remark('All three were saved just before. Otherwise the counts of the last second may be lost.')
  return { sessions, panes }
}

async function startAgain(sandbox, { heading, claim, remark, table }, before) {
  heading('3. The gateway starts again')
  const gateway = await startGateway(sandbox, FILE)
  const sessions = byWorkspace(await gateway.list())
  table(sessions.values())
  const unchanged = (field) =>
    WORKSPACES.every((workspace) => {
      const value = sessions.get(workspace)?.[field]
      return value !== undefined && value === before.sessions.get(workspace)?.[field]
    })
  claim('the same createdAt, to the millisecond', unchanged('createdAt'))
  claim('the same request counts', unchanged('totalRequests'))
  claim('the same last activity and status', unchanged('lastActivityAt') && unchanged('status'))
  remark('build still works: it counts as active until one of its requests ends.')
  claim('"hello from docs" is still on its screen', (await gateway.screen('docs')).includes('\nhello from docs\n'))
  const last = new RegExp(`^tick ${LAST_TICK}$`, 'm')
  const continued = await eventually(async () => last.test(await gateway.screen('build')))
  claim(`the loop in build continued without a gateway, up to \`tick ${LAST_TICK}\``, continued)
  const ticket = await gateway.ask('scratch', 'echo $ticket')
  claim('the shell of scratch still has ticket=4711', ticket.output === '4711', ticket.output)
  return gateway
}

async function deleteOne(sandbox, { heading, claim }, gateway) {
  heading('4. scratch is deleted')
  const others = ['docs', 'build']
  await gateway.remove('scratch')
  claim('its session is gone', !sandbox.panes().has(sessionName('scratch')))
  claim('its file is gone', !sandbox.records().has(fileName('scratch')))
  claim(
    'the other two have their sessions and files',
    others.every(
      (workspace) => sandbox.panes().has(sessionName(workspace)) && sandbox.records().has(fileName(workspace)),
    ),
  )
}

async function rollBackAndRestore(sandbox, { heading, claim, table }, gateway) {
  heading('5. The rollback: SESSIONKEEP_STORE=memory, and a restart')
  await gateway.end('SIGTERM')
  const files = sandbox.records()
  const stored = new Map(
    [...files.values()].map((text) => JSON.parse(text)).map((record) => [record.workspace, record]),
  )
  const rolledBack = await startGateway(sandbox, 'memory')
  const without = await rolledBack.list()
  table(without)
  claim('persistence is off, as the variable says', (await rolledBack.effective()).reason === 'off')
  claim(
    'the rollback costs the counts: they begin at 0',
    without.length === 2 && without.every((s) => s.totalRequests === 0),
  )
  claim(
    'the rollback keeps createdAt, which is stamped on the session itself',
    without.length === 2 && without.every((s) => s.createdAt === stored.get(s.workspace)?.createdAt),
  )
  await rolledBack.ask('docs', 'echo one more')
  await rolledBack.end('SIGTERM')
  claim('the files are unchanged, byte for byte', files.size > 0 && same([...sandbox.records()], [...files]))

  heading('6. The restore: SESSIONKEEP_STORE=file, and a restart')
  const back = await startGateway(sandbox, FILE)
  const sessions = await back.list()
  table(sessions)
  for (const field of ['createdAt', 'totalRequests', 'lastActivityAt']) {
    const isBack = sessions.length === 2 && sessions.every((s) => s[field] === stored.get(s.workspace)?.[field])
    claim(`the old ${field} is back`, isBack)
  }
  const docs = byWorkspace(sessions).get('docs')
  claim(
    'the request made during the rollback is in no file, and not counted',
    docs !== undefined && docs.totalRequests === stored.get('docs')?.totalRequests,
  )
  return back
}

async function loseTmux(sandbox, { heading, claim, remark, table }, gateway) {
  heading('7. tmux is killed, and with it every session')
  const before = byWorkspace(await gateway.list())
  await gateway.end('SIGKILL')
  sandbox.killTmux()
  const again = await startGateway(sandbox, FILE)
  claim('no session lives', (await again.list()).length === 0)
  const { ended, plan } = await again.ended()
  // The column `origin` shows why each session ended.
  table(ended.map((session) => ({ ...session, origin: session.ended.cause })))
  const isLost = ended.length === 2 && ended.every(({ ended: end }) => end?.cause === 'server')
  claim('docs and build are listed as ended with their tmux server', isLost)
  const planned = plan.resume.map(({ workspace }) => workspace)
  claim('the plan has both, and not scratch, which was deleted', same(planned.sort(), ['build', 'docs']))
  await again.ask('docs', 'echo hello again')
  const docs = byWorkspace(await again.list()).get('docs')
  table([docs])
  const counted = (before.get('docs')?.totalRequests ?? 0) + 1
  claim(
    'its next request brings docs back, with its counts and createdAt',
    docs?.generation === 2 && docs.totalRequests === counted && docs.createdAt === before.get('docs')?.createdAt,
  )
  remark('Its shell is new. An agent goes on with its conversation, if launch gives it the id.')
  await again.end('SIGTERM')
}

const sessionName = (workspace) => `quick-${workspace}`
const fileName = (workspace) => `${sessionName(workspace)}.json`
const byWorkspace = (sessions) => new Map(sessions.map((session) => [session.workspace, session]))
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
