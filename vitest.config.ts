import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * Each test file runs in a process of its own: TensorFlow's library can be loaded once per process, keeps its threads, and
 * its memory is given back only at the process's end. Two at a time, because each may use two threads.
 */
const minute = 60_000

/** A condition is waited for as long as a busy machine may need; one that holds is seen at once. */
const expectations = { poll: { timeout: minute } }

/** Tests start hundreds of processes from the sources, which Node would translate and compile again for each. */
const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'node') }

const shared = { pool: 'forks', isolate: true, environment: 'node', expect: expectations, env } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{parity,crash,e2e,engine,cluster}/**', 'test/desktop/main-window.test.ts'],
          testTimeout: 2 * minute,
          hookTimeout: 2 * minute,
        },
      },
      /** Whatever starts an engine, loads a real model or kills processes: seconds to minutes each. */
      {
        test: {
          ...shared,
          name: 'engine',
          include: ['test/{parity,crash,engine}/**/*.test.ts'],
          testTimeout: 2 * minute,
          hookTimeout: 2 * minute,
          sequence: { groupOrder: 1 },
        },
      },
      /** A Ray cluster on this machine: minutes each, one at a time. */
      {
        test: {
          ...shared,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          maxWorkers: 1,
          testTimeout: 2 * minute,
          hookTimeout: 2 * minute,
          sequence: { groupOrder: 3 },
        },
      },
      /** Whatever drives a browser. */
      {
        test: {
          ...shared,
          name: 'window',
          include: ['test/e2e/**/*.test.ts', 'test/desktop/main-window.test.ts'],
          testTimeout: 2 * minute,
          hookTimeout: 2 * minute,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
