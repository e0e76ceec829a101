import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { EXIT, isUnknownSession } from '../errors.ts'
import { type ResumeStep, resumePlan, resumeReport } from '../gateway/answers.ts'
import type { Gateway } from '../gateway/client.ts'
import { gatewayFlags, gatewayInput, needGateway } from '../gateway/find.ts'
import type { Io } from '../io.ts'
import { session } from '../stores/stored-sessions.ts'
import { plain } from '../text/plain.ts'
import { callLine } from '../text/shell-line.ts'
import { table } from '../text/table.ts'
import { dryRun, openingFlags, openingInput } from './shared.ts'

export const resume = defineCommand({
  name: 'resume',
  summary: 'Brings sessions back that were lost with their server or in a reboot, or those of the named workspaces.',
  group: 'Sessions',
  needsGateway: true,
  arguments: [
    {
      name: 'workspaces',
      description: 'the workspaces; by default all that were lost',
      isOptional: true,
      isVariadic: true,
    },
  ],
  flags: [dryRun, ...gatewayFlags, ...openingFlags],
  examples: ['sessionkeep resume --dry-run', 'sessionkeep resume'],
  input: z.object({
    ...openingInput,
    ...gatewayInput,
    dryRun: z.boolean().default(false),
    workspaces: z.array(z.string()).default([]),
  }),
  answer: z.object({ dryRun: z.boolean(), plan: resumePlan.optional(), report: resumeReport.optional() }),
  async run(call) {
    const { dryRun, workspaces } = call.input
    const gateway = await needGateway(call)
    if (dryRun) {
      const query = workspaces.length > 0 ? `?workspaces=${encodeURIComponent(workspaces.join(','))}` : ''
      const plan = await gateway.call('GET', `/resume/plan${query}`, resumePlan)
      const { resume, offered, blocked } = plan
      const text = tableOf({ 'would resume': resume, 'only when asked for': offered, blocked }, call.io)
      const command = callLine('resume', workspaces)
      // To name a workspace is to ask for it, so it is resumed even if the plan only offers it.
      const wouldCome = workspaces.length > 0 ? [...resume, ...offered] : resume
      const nextSteps = wouldCome.length > 0 ? [{ do: 'Bring them back.', command }] : []
      return { answer: { dryRun, plan }, text, nextSteps }
    }
    const report =
      workspaces.length > 0
        ? await resumeEach(workspaces, gateway)
        : await gateway.call('POST', '/resume', resumeReport, {})
    const { resumed, failed, skipped } = report
    return {
      exitCode: failed.length > 0 ? EXIT.error : EXIT.clean,
      answer: { dryRun, report },
      text: tableOf({ resumed, failed, skipped }, call.io),
    }
  },
})

/** Resumes named workspaces one by one, including those that come back only if somebody asks for them. */
async function resumeEach(workspaces: readonly string[], gateway: Gateway) {
  const report: Record<'resumed' | 'failed' | 'skipped', ResumeStep[]> = { resumed: [], failed: [], skipped: [] }
  for (const workspace of workspaces) {
    try {
      if (await isLiving(workspace, gateway)) {
        report.skipped.push({ workspace, why: 'living' })
        continue
      }
      await gateway.call('POST', `/ended/${encodeURIComponent(workspace)}/resume`, session, {})
      report.resumed.push({ workspace })
    } catch (error) {
      if (workspaces.length === 1) throw error
      report.failed.push({ workspace, error: error instanceof Error ? error.message : String(error) })
    }
  }
  return report
}

/**
 * Whether the workspace has a session whose command runs. The route would return that session as if it had resumed it.
 */
async function isLiving(workspace: string, gateway: Gateway): Promise<boolean> {
  try {
    return (await gateway.call('GET', `/sessions/${encodeURIComponent(workspace)}`, session)).exited !== true
  } catch (error) {
    if (isUnknownSession(error)) return false
    throw error
  }
}

function tableOf(groups: Readonly<Record<string, readonly ResumeStep[]>>, io: Io): string {
  const rows = Object.entries(groups).flatMap(([what, steps]) =>
    steps.map(({ workspace, cause = '', why = '', detail = '', error }) => [
      ...[workspace, what, cause],
      [why, detail, messageIn(error)].filter(Boolean).join(': '),
    ]),
  )
  return rows.length === 0 ? 'nothing to resume' : table(['WORKSPACE', 'WHAT', 'ENDED BY', 'WHY'], rows, io)
}

function messageIn(error: unknown): string {
  if (typeof error === 'string') return plain(error)
  const message = (error as { message?: unknown } | null | undefined)?.message
  return typeof message === 'string' ? message : ''
}
