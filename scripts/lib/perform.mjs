/** Performs the steps one after the other, and prints the result of each. Returns the sums and the remarks. */
export async function performAll(steps, options) {
  const sums = { passed: 0, failed: 0, skipped: 0 }
  const remarks = []
  for (const step of steps) {
    const result = await performOne(step, options)
    sums.passed += result.passed ?? 0
    sums.failed += result.failed ?? 0
    sums.skipped += result.skipped ?? 0
    remarks.push(...(result.remarks ?? []))
    if (result.isFatal) break
  }
  return { ...sums, remarks }
}

async function performOne({ name, perform }, options) {
  const write = options.write ?? ((text) => process.stdout.write(text))
  const began = performance.now()
  write(options.show ? `--- ${name}\n` : `${name} … `)
  const result = await attempt(perform, options).catch((error) => ({ failed: 1, output: error.stack }))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  write(`${options.show ? `${name}: ` : ''}${verdict(result)} (${seconds} s)\n`)
  if (result.failed && result.output && !options.show) write(indent(result.output))
  return result
}

function verdict({ passed = 0, failed = 0, skipped = 0, note }) {
  if (passed + failed + skipped > 1) return `${passed} passed, ${failed} failed, ${skipped} skipped`
  if (failed) return 'FAILED'
  return [skipped ? 'skipped' : 'ok', note].filter(Boolean).join(', ')
}

// The indentation distinguishes a summary of another tool from that of this script.
const indent = (text) => `${text.trimEnd().replace(/^/gm, '    ')}\n`

const attempt = async (perform, options) => perform(options)
