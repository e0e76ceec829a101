import { styleText } from 'node:util'
import { messageOf } from '@sessionkeep/core/store'
import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { type Finding, finding } from '../doctor/finding.ts'
import { gatewayFindings } from '../doctor/gateway.ts'
import { machineFindings } from '../doctor/machine.ts'
import { storeFindings } from '../doctor/stores.ts'
import { EXIT } from '../errors.ts'
import { findGateway, gatewayFlags, gatewayInput } from '../gateway/find.ts'
import type { Io } from '../io.ts'
import { plain } from '../text/plain.ts'
import { openingFlags, openingInput, openingOf } from './shared.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Looks for what is wrong, and says what to do about each finding.',
  group: 'Stores',
  flags: [...gatewayFlags, ...openingFlags],
  examples: ['sessionkeep doctor', 'sessionkeep doctor --json'],
  input: z.object({ ...openingInput, ...gatewayInput }),
  answer: z.object({ findings: z.array(finding) }),
  async run(call) {
    const { io, input } = call
    const stores = async (): Promise<Finding[]> => {
      try {
        return await storeFindings(await openingOf(call), input.config)
      } catch (error) {
        io.signal.throwIfAborted()
        const todo = 'Correct the configuration; docs/configure.md lists what it may have.'
        return [{ subject: 'configuration', severity: 'problem', found: messageOf(error), do: todo }]
      }
    }
    // A named gateway that does not answer is a finding; the stores are examined all the same.
    const gateway = async (): Promise<Finding[]> => {
      try {
        return await gatewayFindings(await findGateway(call))
      } catch (error) {
        io.signal.throwIfAborted()
        const todo = 'Start it, or correct --socket, --url or SESSIONKEEP_TOKEN.'
        return [{ subject: 'gateway', severity: 'problem', found: messageOf(error), do: todo }]
      }
    }
    const findings = [...(await machineFindings(io.env)), ...(await gateway()), ...(await stores())]
    const problems = findings.filter(({ severity }) => severity === 'problem')
    return {
      exitCode: problems.length > 0 ? EXIT.differences : EXIT.clean,
      answer: { findings },
      text: findings.map((each) => lineOf(each, io)).join('\n'),
      nextSteps: problems.map(({ subject, do: todo }) => ({ do: `${subject}: ${todo ?? ''}` })),
    }
  },
})

const STYLE = { ok: 'green', warning: 'yellow', problem: 'red' } as const

function lineOf({ subject, severity, found, do: todo }: Finding, { hasColour }: Io): string {
  const word = hasColour ? styleText(STYLE[severity], severity, { validateStream: false }) : severity
  const line = `${word}  ${plain(subject)}: ${plain(found)}`
  return todo === undefined ? line : `${line}\n    do: ${plain(todo)}`
}
