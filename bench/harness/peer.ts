import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LaurelError } from '../../main/shared/errors.ts'
import type { Context, Outcome, Side } from './benchmark.ts'
import { requirePath } from './options.ts'

const scripts = join(import.meta.dirname, '..', 'peers')

/**
 * The other side: a script of bench/peers in a separate Python. Both sides read the same job (prompts, lengths, settings), so that they do the same
 * work. The script prints `{"figures": {...}, "versions": {...}}` as its last line.
 */
export const peerSide = <Size extends string>(name: string, script: string, job: (context: Context<Size>) => object): Side<Size> => ({
  name,
  isPeer: true,
  check(options) {
    pythonOf(options.peer)
    requirePath(options, 'peer-model')
  },
  run: (context) => runPeer(script, { model: requirePath(context.options, 'peer-model'), ...job(context) }, context.options),
})

async function runPeer(script: string, job: object, { peer, threads }: { peer: string | null; threads: number }): Promise<Outcome> {
  const python = pythonOf(peer)
  const folder = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
  try {
    const file = join(folder, 'job.json')
    writeFileSync(file, JSON.stringify(job))
    return outcomeIn(await run(python, [join(scripts, `${script}.py`), file], folder, threads))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function pythonOf(peer: string | null): string {
  const python = peer && join(peer, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (python && existsSync(python)) return python
  throw new LaurelError(
    'NOT_FOUND',
    `${python ?? 'A Python for the peer'} does not exist.`,
    'Create it: python3 -m venv VENV && VENV/bin/pip install -r bench/peers/requirements.txt, then use --peer VENV.',
  )
}

/** The script's output. It runs in `folder`, without network access, with the same number of threads as Laurel. */
function run(python: string, args: readonly string[], folder: string, threads: number): Promise<string> {
  const count = String(threads)
  const env = {
    ...process.env,
    ...{ OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, TOKENIZERS_PARALLELISM: 'false' },
    ...{ HF_HUB_OFFLINE: '1', HF_DATASETS_CACHE: join(folder, 'datasets'), CUDA_VISIBLE_DEVICES: '', PYTHONDONTWRITEBYTECODE: '1' },
  }
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-20_000)))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const said = errors.trim().split('\n').at(-1) ?? ''
      const remedy =
        signal === 'SIGKILL' ? 'It probably ran out of memory: use a machine with more.' : `Run it manually: ${python} ${args[0]} JOB.json`
      reject(new LaurelError('BAD_INPUT', `The peer ended with ${signal ?? `exit code ${code}`}: ${said}`, remedy))
    })
  })
}

/** The figures in the last line that contains them: libraries may print other lines before it. */
export function outcomeIn(output: string): Outcome {
  const line = output.split('\n').findLast((each) => each.startsWith('{"figures"'))
  if (line === undefined) throw new LaurelError('INTERNAL', 'The peer printed no figures.', 'Run its script manually.')
  return JSON.parse(line) as Outcome
}
