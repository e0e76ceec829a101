/**
 * Performs the steps one after the other, and those of an inner list at the same time. Prints the result of each. Returns
 * the sums and the remarks.
 */
export async function performAll(steps, options) {
  const sums = { passed: 0, failed: 0, skipped: 0 }
  const remarks = []
  for (const entry of steps) {
    const results = Array.isArray(entry)
      ? await Promise.all(entry.map((step) => performOne(step, options, 'after')))
      : [await performOne(entry, options, 'before')]
    for (const result of results) {
      sums.passed += result.passed ?? 0
      sums.failed += result.failed ?? 0
      sums.skipped += result.skipped ?? 0
      remarks.push(...(result.remarks ?? []))
    }
    if (results.some(({ isFatal }) => isFatal)) break
  }
  return { ...sums, remarks }
}

/** Performs a step. Its name is printed before it, or after it with the result where other steps print meanwhile. */
async function performOne({ name, perform }, options, nameIsPrinted) {
  const write = options.write ?? ((text) => process.stdout.write(text))
  const began = performance.now()
  const start = options.show ? `--- ${name}\n` : `${name} … `
  if (options.show || nameIsPrinted === 'before') write(start)
  const result = await attempt(perform, options).catch((error) => ({ failed: 1, output: error.stack }))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const about = options.show ? `${name}: ` : nameIsPrinted === 'after' ? start : ''
  const details = result.failed && result.output && !options.show ? indent(result.output) : ''
  write(`${about}${verdict(result)} (${seconds} s)\n${details}`)
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
