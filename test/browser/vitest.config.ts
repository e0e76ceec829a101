import { defineConfig } from 'vitest/config'

// The tests of the dashboard in a real browser; see scripts/test-browser.mjs.
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/browser/*.browser.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
})
