import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { replaceFile } from '../../main/common/replace-file.ts'
import { badInput } from '../../main/shared/errors.ts'
import { machineFacts } from '../harness/machine.ts'
import { runProgram } from '../harness/program.ts'
import { doPart, LIMIT_SECONDS, type PartPlace, partsOf } from './gpu-parts.ts'
import { sizesOf } from './gpu-sizes.ts'
import { measureGpu } from './measure-gpu.ts'
import { partText, reportText } from './report-text.ts'
import { vulkanDrivers } from './vulkan-drivers.ts'

/**
 * Measure the GPU of this machine. `bench/gpu.sh` starts it, from the sources or from a packed folder, where this file is bundled and the commit
 * of the sources is in a file next to it.
 */
async function run(args: readonly string[]): Promise<void> {
  const { out, ...place } = optionsOf(args)
  Object.assign(process.env, vulkanDrivers())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)) // ends the running part too
  const limitSeconds = place.seconds
  const report = await measureGpu({
    ...{ parts: partsOf(place), limitSeconds, sizes: place.sizes, laurel: commit() },
    onPart(report, part) {
      process.stderr.write(`${partText(part)}\n`)
      replaceFile(out, `${JSON.stringify(report, null, 2)}\n`)
    },
  })
  process.stdout.write(`${reportText(report)}\n\nwritten to ${out}\n`)
  if (!report.parts.some(({ figures }) => figures.length > 0)) process.exitCode = 1
}

function optionsOf(args: readonly string[]): PartPlace & { readonly out: string; readonly seconds: number } {
  const text = { type: 'string' } as const
  const options = { out: text, sizes: text, seconds: text, python: text, limit: { ...text, multiple: true } } as const
  const { values } = parsed()
  const sizes = sizesOf(values.sizes ?? 'standard').name
  const packed = existsSync(join(import.meta.dirname, 'models'))
  const root = join(import.meta.dirname, '..', '..')
  const place = {
    ...{ sizes, limits: Object.fromEntries((values.limit ?? []).map(limitOf)), python: values.python ?? 'python3' },
    models: packed ? join(import.meta.dirname, 'models') : join(root, 'test/fixtures/zoo'),
    peers: join(import.meta.dirname, 'peers'),
    self: [process.execPath, import.meta.filename],
  }
  const unknown = Object.keys(place.limits).find((name) => !partsOf(place).some((part) => part.name === name))
  if (unknown !== undefined) {
    const names = partsOf(place).map(({ name }) => `"${name}"`)
    throw badInput(`--limit ${unknown}: no such part`, `The parts are ${names.join(', ')}.`)
  }
  return { ...place, out: resolve(values.out ?? 'gpu.json'), seconds: secondsOf('--seconds', values.seconds ?? String(LIMIT_SECONDS)) }

  function parsed() {
    try {
      return parseArgs({ args: [...args], options })
    } catch (error) {
      const names = Object.keys(options).map((name) => `--${name}`)
      throw badInput((error as Error).message.split('\n')[0], `The options are: ${names.join(' ')}`)
    }
  }
}

/** `PART=SECONDS`. */
function limitOf(text: string): [string, number] {
  const at = text.lastIndexOf('=')
  if (at === -1) throw badInput(`--limit ${text}: no seconds`, 'Give a part and its seconds: --limit "torch training=60".')
  return [text.slice(0, at), secondsOf('--limit', text.slice(at + 1))]
}

function secondsOf(option: string, text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds
  throw badInput(`${option} ${text}: not a number of seconds`, `Give ${option} a number of at least 0.`)
}

function commit(): string {
  const file = join(import.meta.dirname, 'laurel.txt')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : machineFacts().laurel
}

/** Measure, or do one part of it, as the arguments say. */
export async function runGpuProgram([command, ...rest]: readonly string[]): Promise<void> {
  if (command === 'part') await doPart(rest)
  else await runProgram(() => run(command === 'run' ? rest : command === undefined ? [] : [command, ...rest]))
}

if (process.argv[1] === import.meta.filename) await runGpuProgram(process.argv.slice(2))
