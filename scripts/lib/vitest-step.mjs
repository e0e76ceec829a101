import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { childEnvironment } from './environment.mjs'
import { root, tool } from './root.mjs'
import { run } from './run.mjs'

/** Runs every test, and returns the counts of the runner's report. */
export async function vitest({ show, rest }) {
  const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-report-'))
  const report = join(directory, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const options = { cwd: root, env: childEnvironment(), timeoutMs: 3_600_000, show }
    const { code, output } = await run(tool('vitest'), ['run', ...reporters, ...rest], options)
    return outcome(code, output, read(report))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The result of a run of vitest. A crash, a missing report and an empty run are failures, whatever the report counts. */
export function outcome(code, output, report) {
  if (!report) return { failed: 1, output: `${output}\nvitest ended with ${code} and wrote no report` }
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  const passed = report.numPassedTests
  const skipped = report.numPendingTests + report.numTodoTests
  let failed = report.numFailedTests + brokenFiles.length
  let reason = ''
  if (failed === 0 && passed === 0) reason = 'vitest executed no test'
  else if (failed === 0 && code !== 0) reason = `vitest ended with ${code} though no test failed`
  if (reason) failed = 1
  return {
    passed,
    failed,
    skipped,
    output: `${output}\n${reason}`,
    remarks: report.testResults.flatMap(secondAttempts),
  }
}

/** A line for each test that passed only at its second attempt, with the first line of why the first attempt failed. */
const secondAttempts = ({ name, assertionResults }) =>
  assertionResults
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
    .map(({ fullName, failureMessages: [message] }) => {
      const where = `${relative(root, name)} > ${fullName}`
      return `Passed at the second attempt: ${where} (${message.split('\n')[0]})`
    })

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
