import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { uniform } from '../../main/common/random.ts'
import { nativeLibrary, needing } from '../support/needs.ts'
import { repositoryFile } from '../support/shared.ts'

/** A demo run made smaller in its counts, not in its stages: both trainings, both iterations, checkpoints every other step. */
const settings = [
  'prompts.count=24',
  'evaluation.count=8',
  'seed_data.ift_limit=32',
  'seed_data.eft_limit=32',
  'sft.epochs=1',
  'sft.batch_size=8',
  'sft.save_steps=2',
  'dpo.batch_size=4',
  'dpo.save_steps=2',
  'chunk=32',
]
const KILLS = 30

needing(nativeLibrary).describe('a demo run', () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-kill-'))
  symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  test(`killed with -9 at ${KILLS} random moments and resumed each time, it ends with the very same models`, {
    timeout: 900_000,
  }, async () => {
    const straight = await newRun()
    const begin = performance.now()
    expect(await output('run', 'start', straight, '--threads', '1')).toMatchObject({ code: 0 })
    const whole = performance.now() - begin
    const expected = await fingerprints(straight)
    expect(Object.keys(expected)).toEqual(['M0', 'M1', 'M2', 'M3'])

    let run = await newRun()
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = await killAfter(uniform(5, kill) * whole * 0.5, 'run', 'resume', run, '--threads', '1')
      if (killed) continue
      expect(await fingerprints(run)).toEqual(expected) // it had ended before
      run = await newRun()
      kill--
    }
    expect(await output('run', 'resume', run, '--threads', '1')).toMatchObject({ code: 0 })
    expect(await fingerprints(run)).toEqual(expected)
  })

  async function newRun(): Promise<string> {
    const { code, stdout } = await output('run', 'new', '--recipe', 'demo', ...settings.flatMap((setting) => ['--set', setting]))
    expect(code).toBe(0)
    return stdout.trim()
  }

  async function fingerprints(run: string): Promise<Record<string, string>> {
    const { stdout } = await output('run', 'show', run, '--json')
    const { status, models } = JSON.parse(stdout) as { status: string; models: { name: string; sha256: string }[] }
    expect(status).toBe('finished')
    return Object.fromEntries(models.map(({ name, sha256 }) => [name, sha256]))
  }

  /** Whether the command was still at work when the time was up. Its engine ends by itself when its owner is gone. */
  async function killAfter(milliseconds: number, ...args: string[]): Promise<boolean> {
    const child = laurel(args)
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
    const [, signal] = await once(child, 'exit')
    clearTimeout(timer)
    return signal === 'SIGKILL'
  }

  async function output(...args: string[]): Promise<{ code: number | null; stdout: string }> {
    const child = laurel(args)
    let stdout = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    const [code] = await once(child, 'close')
    return { code, stdout }
  }

  const laurel = (args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [repositoryFile('main/cli/laurel.ts'), ...args], {
      env: { ...process.env, LAUREL_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
})
