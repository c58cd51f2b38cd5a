import { fileURLToPath } from 'node:url'
import { LaurelError } from '../common/errors.ts'
import { onDisk } from '../common/on-disk.ts'
import { workerThread } from '../common/worker-thread.ts'
import type { Imported } from './imported.ts'
import type { SeedPlan, SeedProblem } from './seed-problems.ts'

/** What the thread answers. */
export interface ImportQuestions {
  read(params: { readonly path: string }): Promise<Imported>
  problems(plan: SeedPlan): Promise<SeedProblem[]>
}

/** TypeScript where this is TypeScript (Node strips the types), JavaScript where it is compiled. */
const entry = onDisk(fileURLToPath(new URL(`./import-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

/** One for the process: it is started when a file is first read, and ends when it has been idle. */
const thread = workerThread({
  entry,
  tooLarge: new LaurelError('OUT_OF_MEMORY', 'The file is too large to be read whole.', 'Split it into several files.'),
})

/** `importFile` in a thread of its own: a large file takes seconds, in which windows and other runs go on. */
export const importInThread = (path: string): Promise<Imported> => thread.ask('read', { path }) as Promise<Imported>

/** `seedProblems` in the same thread. */
export const seedProblemsInThread = (plan: SeedPlan): Promise<SeedProblem[]> => thread.ask('problems', plan) as Promise<SeedProblem[]>
