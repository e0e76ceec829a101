import { styleText } from 'node:util'
import { codeOf, messageOf } from '@sessionkeep/core/store'
import * as z from 'zod'
import { type Call, defineCommand } from '../command.ts'
import { type Finding, finding, problem, warning } from '../doctor/finding.ts'
import { gatewayFindings, NO_GATEWAY } from '../doctor/gateway.ts'
import { machineFindings } from '../doctor/machine.ts'
import { type StoresFound, storeFindings } from '../doctor/stores.ts'
import { EXIT } from '../errors.ts'
import type { Gateway } from '../gateway/client.ts'
import { findGateway, gatewayFlags, gatewayInput } from '../gateway/find.ts'
import { savedNames } from '../gateway/saved.ts'
import type { Io } from '../io.ts'
import { asCalled } from '../text/called-as.ts'
import { plain } from '../text/plain.ts'
import { many, openingFlags, openingInput, openingOf } from './shared.ts'

const input = z.object({ ...openingInput, ...gatewayInput })

type Input = z.infer<typeof input>

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Looks for what is wrong, and says what to do about each finding.',
  group: 'Stores',
  flags: [...gatewayFlags, ...openingFlags],
  examples: ['sessionkeep doctor', 'sessionkeep doctor --json'],
  input,
  answer: z.object({ findings: z.array(finding) }),
  async run(call) {
    const { io } = call
    const { gateway, saved, findings: ofGateway } = await examineGateway(call)
    const { names, findings: ofStores } = await examineStores(call)
    const elsewhere = gateway && names ? await elsewhereFindings(gateway, saved, names) : []
    const findings = [...(await machineFindings(io.env)), ...ofGateway, ...ofStores, ...elsewhere].map((each) =>
      each.do === undefined ? each : { ...each, do: asCalled(each.do, io) },
    )
    const problems = findings.filter(({ severity }) => severity === 'problem')
    return {
      exitCode: problems.length > 0 ? EXIT.differences : EXIT.clean,
      answer: { findings },
      text: findings.map((each) => lineOf(each, io)).join('\n'),
      nextSteps: problems.map(({ subject, do: todo }) => ({ do: `${subject}: ${todo ?? ''}` })),
    }
  },
})

interface GatewayFound {
  readonly gateway?: Gateway
  /** The sessions that the gateway had saved before the stores were read. */
  readonly saved: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * Examines the gateway. If a named gateway does not answer, that is a finding, and the stores are examined all the
 * same.
 */
async function examineGateway(call: Call<Input>): Promise<GatewayFound> {
  try {
    const gateway = await findGateway(call)
    if (!gateway) return { saved: [], findings: [NO_GATEWAY] }
    const findings = await gatewayFindings(gateway)
    return { gateway, saved: await savedNames(gateway), findings }
  } catch (error) {
    call.io.signal.throwIfAborted()
    if (codeOf(error)?.startsWith('CONFIG_')) {
      // The finding about the configuration says what is wrong with it.
      const found = 'It was not looked for, because the configuration says where it is, and cannot be used.'
      return { saved: [], findings: [warning('gateway', found, 'Correct the configuration first.')] }
    }
    const todo = 'Start it, or correct --socket, --url or SESSIONKEEP_TOKEN.'
    return { saved: [], findings: [problem('gateway', messageOf(error), todo)] }
  }
}

async function examineStores(call: Call<Input>): Promise<StoresFound> {
  try {
    return await storeFindings(await openingOf(call), call.input.config)
  } catch (error) {
    call.io.signal.throwIfAborted()
    const todo = 'Correct the configuration; docs/configure.md lists what it may have.'
    return { names: undefined, findings: [problem('configuration', messageOf(error), todo)] }
  }
}

/** The finding about a gateway that saves its records elsewhere than where this command looks for them. */
async function elsewhereFindings(
  gateway: Gateway,
  saved: readonly string[],
  names: ReadonlySet<string>,
): Promise<Finding[]> {
  const missing = saved.filter((name) => !names.has(name))
  if (missing.length === 0) return []
  // A session that was deleted before the stores were read has no record either, and a gateway that has ended has no session.
  const still = new Set(await savedNames(gateway).catch(() => []))
  const lacking = missing.filter((name) => still.has(name))
  if (lacking.length === 0) return []
  const found = `The selected stores lack the records of ${many(lacking.length, 'session')} that the running gateway has saved, such as ${lacking[0]}.`
  const todo =
    'Its records are in another place, or their directory has vanished, and export, copy and gc work on the selected one. Name the place of the gateway with SESSIONKEEP_DIRECTORY, --config or --pool-id.'
  return [problem('stores', found, todo)]
}

const STYLE = { ok: 'green', warning: 'yellow', problem: 'red' } as const

function lineOf({ subject, severity, found, do: todo }: Finding, { hasColour }: Io): string {
  const word = hasColour ? styleText(STYLE[severity], severity, { validateStream: false }) : severity
  const line = `${word}  ${plain(subject)}: ${plain(found)}`
  return todo === undefined ? line : `${line}\n    do: ${plain(todo)}`
}
