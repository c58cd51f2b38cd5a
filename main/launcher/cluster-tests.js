import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeFolder, project, SetupError, say } from './places.js'
import { handOver, runQuietly } from './run.js'

/** Versions of Python for which there are wheels of everything, the tested one first. */
const pythons = ['python3.11', 'python3.12', 'python3.10']

/** Written when the environment is complete. */
export const readyMark = 'laurel-ready'

/**
 * Tests on a Ray cluster on this machine, with real vLLM and TRL. The first time, installs them in a virtual environment in the data folder;
 * `LAUREL_TEST_CLUSTER` names one that is there already. Arguments go to vitest (a file, `-t name`).
 */
export async function testCluster(node, args) {
  const environment = process.env.LAUREL_TEST_CLUSTER ?? join(homeFolder(), 'cluster-test')
  if (process.env.LAUREL_TEST_CLUSTER === undefined && !existsSync(join(environment, readyMark))) await install(environment)
  say("the Python package's tests")
  const package_ = join(project, 'resources', 'cluster')
  const code = await handOver(join(environment, 'bin', 'python'), ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], { cwd: package_ })
  if (code !== 0) return code
  say('tests on a cluster')
  return handOver(node, [join(project, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'cluster', ...args], { cwd: project })
}

async function install(environment) {
  say(`installing Ray, vLLM, and TRL in ${environment}: about 8 GB, several minutes`)
  rmSync(environment, { recursive: true, force: true })
  const python = await firstThatRuns()
  await runQuietly(python, ['-m', 'venv', environment], project)
  const own = join(environment, 'bin', 'python')
  await runQuietly(own, ['-m', 'pip', 'install', '--quiet', 'uv'], project)
  const files = join(project, 'resources', 'cluster')
  const packages = ['--override', join(files, 'overrides-cpu.txt'), '-r', join(files, 'requirements-cpu.txt')]
  await runQuietly(join(environment, 'bin', 'uv'), ['pip', 'install', '--compile-bytecode', '--python', own, ...packages], project)
  writeFileSync(join(environment, readyMark), '')
}

async function firstThatRuns() {
  for (const python of pythons) {
    try {
      await runQuietly(python, ['-c', 'import venv, ensurepip'], project)
      return python
    } catch {
      // not installed
    }
  }
  throw new SetupError(`The tests on a cluster need one of ${pythons.join(', ')} with venv.`)
}
