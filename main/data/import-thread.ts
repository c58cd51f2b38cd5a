import { fileURLToPath } from 'node:url'
import { onDisk } from '../common/file-identity.ts'
import { workerThread } from '../common/worker-thread.ts'
import { LaurelError } from '../shared/errors.ts'
import type { Imported } from './imported.ts'
import type { SeedPlan, SeedProblem } from './seed-problems.ts'

/** The thread's methods. */
export interface ImportQuestions {
  read(params: { readonly path: string }): Promise<Imported>
  problems(plan: SeedPlan): Promise<SeedProblem[]>
}

/** TypeScript when running from source (Node strips the types), JavaScript when compiled. */
const entry = onDisk(fileURLToPath(new URL(`./import-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

/** One per process, started when the first file is read and stopped when idle. */
const thread = workerThread({
  entry,
  tooLarge: new LaurelError('OUT_OF_MEMORY', 'The file is too large to read as a whole.', 'Split it into several files.'),
})

/** `importFile` in a separate thread: a large file takes seconds, and must not block windows and other runs. */
export const importInThread = (path: string): Promise<Imported> => thread.ask('read', { path }) as Promise<Imported>

/** `seedProblems` in the same thread. */
export const seedProblemsInThread = (plan: SeedPlan): Promise<SeedProblem[]> => thread.ask('problems', plan) as Promise<SeedProblem[]>
