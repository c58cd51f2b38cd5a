import { type Command, InvalidArgumentError, Option } from 'commander'
import { homeFolder } from '../common/home.ts'
import { pastedPath } from '../common/pasted-path.ts'
import { checkReplaceable, replaceFile } from '../common/replace-file.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { LocalEngineOptions } from '../engine/hosts/engine-process.ts'
import { startLocalEngine } from '../engine/hosts/local-process.ts'
import { stoppableEngine } from '../engine/hosts/stoppable-engine.ts'
import type { Override } from '../loop/recipe/load-recipe.ts'
import { type BackendName, backendName, type EngineUsage, type ModelInfo } from '../shared/engine-protocol.ts'
import { engineRole, engineRoles } from '../shared/engine-settings.ts'
import { isStopped, stopped } from '../shared/errors.ts'
import { limits } from '../shared/limits.ts'
import type { Recipe } from '../shared/recipe.ts'
import { type PrecisionWish, precisionWish } from '../shared/train-config.ts'
import { listenForInterrupt } from './exit.ts'
import { isOnProcessor, type Memory, memoryFigures, showRunMemory } from './expected-memory.ts'

/** Commander parsers of option values. An invalid value is a usage error that states the rule. */

export const integer =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = numberOf(text)
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be ${rangeText('a whole number', least, most)}.`)
    return value
  }

export const decimal =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = numberOf(text)
    if (Number.isNaN(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be ${rangeText('a number', least, most)}.`)
    return value
  }

/** For `--set key=value`, which may be repeated. */
export function override(text: string, before: readonly Override[]): Override[] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must have the form key=value.')
  return [...before, [text.slice(0, at).trim(), text.slice(at + 1).trim()]]
}

/** For `--engine role=name`, which may be repeated: the same as `--set engines.role=name`. */
export function roleEngine(text: string, before: readonly Override[]): Override[] {
  const [role, ...name] = text.split('=')
  if (engineRole.safeParse(role).success && name.join('=').trim() !== '') return [...before, [`engines.${role}`, name.join('=').trim()]]
  throw new InvalidArgumentError(`It must have the form role=name, with a role of ${engineRoles.join(', ')}.`)
}

/**
 * Ends with a usage error if an option is missing. For commands with subcommands: commander would demand a required option of theirs, too.
 */
export function requireOptions(command: Command, ...names: readonly string[]): void {
  const missing = command.options.find(
    (option) => names.includes(option.attributeName()) && command.getOptionValue(option.attributeName()) === undefined,
  )
  if (missing === undefined) return
  command.error(`error: required option '${missing.flags}' not specified`, { code: 'commander.missingMandatoryOptionValue' })
}

/** A proportion: above 0, at most 1. */
export function share(text: string): number {
  const value = numberOf(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('It must be a number above 0 and at most 1.')
  return value
}

/** For options that may be repeated. */
export const collected = (text: string, before: readonly string[] = []): string[] => [...before, text]

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

function rangeText(kind: string, least: number, most: number): string {
  if (most === Number.POSITIVE_INFINITY || most === Number.MAX_SAFE_INTEGER) return `${kind} of at least ${least}`
  return `${kind} from ${least} to ${most}`
}

/** Names of options and arguments whose value is a path. */
const pathNames = /^(?:path|file|folder)$/

/** Lets every path on the command line be pasted as is: in quotes, as a `file://` URL, with `~`. */
export function takePastedPaths(command: Command): void {
  for (const option of command.options) {
    const [, named = ''] = /[<[](\S+?)(?:\.\.\.)?[>\]]$/.exec(option.flags) ?? []
    if (pathNames.test(named)) option.argParser(pathValue)
  }
  for (const argument of command.registeredArguments) if (pathNames.test(argument.name())) argument.argParser(pathValue)
  for (const inner of command.commands) takePastedPaths(inner)
}

function pathValue(text: string): string {
  const path = pastedPath(text)
  if (path === '' || path.includes('\0')) throw new InvalidArgumentError('It must be a path.')
  return path
}

export interface EngineOptions {
  readonly backend?: BackendName
  readonly precision?: PrecisionWish
  readonly threads?: number
  readonly stats?: string
}

const measuredPrecision = 'auto, the one measured to be faster on this machine'

/** Adds the options shared by every command that runs a model. `precision` describes the default for the help text. */
export function addEngineOptions(command: Command, precision = measuredPrecision): Command {
  return command
    .addOption(new Option('--backend <name>', 'compute backend (default: the fastest available)').choices(backendName.options))
    .addOption(new Option('--precision <name>', `precision of matrix products (default: ${precision})`).choices(precisionWish.options))
    .option('--threads <n>', 'processor threads (default: all)', integer(1, limits.threads))
    .option('--stats <file>', 'write times, token counts, and peak memory to this file, as JSON')
}

/** A command's access to its engine. */
export interface EngineSession {
  readonly engine: Engine
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Loads the model and starts the timer. */
  load(model: string): Promise<ModelInfo>
  /** Starts the timer if the engine loads the model in another way. */
  beginTiming(): void
  /** Records the memory estimate for the statistics. */
  keepEstimate(memory: Memory | null): void
}

/** Starts an engine, does the work, writes the statistics (even if the work fails), and closes the engine. */
export async function withEngine<T>(
  options: EngineOptions,
  work: (session: EngineSession) => Promise<T>,
  start = (): Promise<Engine> => startLocalEngine({ home: homeFolder(), ...options, precision: options.precision ?? 'auto' }),
): Promise<T> {
  if (options.stats !== undefined) checkReplaceable(options.stats)
  const interrupt = listenForInterrupt()
  const started = await start()
  const engine = stoppableEngine(started, interrupt.signal)
  let begin = performance.now()
  const beginTiming = () => {
    begin = performance.now()
  }
  let estimate: Memory | null = null
  try {
    return await work({
      engine,
      signal: interrupt.signal,
      beginTiming,
      keepEstimate(memory) {
        estimate = memory
      },
      async load(model) {
        await showNotice(engine)
        const info = await engine.load(model)
        beginTiming()
        return info
      },
    })
  } catch (thrown) {
    throw isStopped(thrown) ? stopped() : thrown // the engine's remedy doesn't fit a command
  } finally {
    if (options.stats) await writeStats(options.stats, engine, (performance.now() - begin) / 1000, estimate && memoryFigures(estimate))
    await engine.close()
    interrupt.dispose()
  }
}

/** Prints why the engine is slower than it could be, if it is. */
export async function showNotice(engine: Engine): Promise<void> {
  const { notice } = await engine.info()
  if (notice !== '') process.stderr.write(`${notice}\n`)
}

/**
 * Starts an engine for a run. Prints to standard error why it isn't the fastest one and, with a recipe, the run's expected memory. Writes its
 * statistics before closing.
 */
export async function startRunEngine(options: LocalEngineOptions, statsPath: string | undefined, recipe?: Recipe): Promise<Engine> {
  if (statsPath !== undefined) checkReplaceable(statsPath)
  const engine = await startLocalEngine(options)
  await showNotice(engine)
  const memory = recipe && (await isOnProcessor(engine)) ? await showRunMemory(engine, recipe, (await engine.info()).precision) : null
  const estimate = memory && Object.fromEntries(Object.entries(memory).map(([what, parts]) => [what, memoryFigures(parts)]))
  if (statsPath === undefined) return engine
  const begin = performance.now()
  return {
    ...engine,
    async close() {
      await writeStats(statsPath, engine, (performance.now() - begin) / 1000, estimate)
      await engine.close()
    },
  }
}

/** `seconds` excludes loading the model. If the engine has died, the figures that only it has are null. */
async function writeStats(path: string, engine: Engine, seconds: number, estimate: Estimate = null): Promise<void> {
  const usage = await engine.usage().catch(() => null)
  replaceFile(path, `${JSON.stringify(statsOf(usage, seconds, estimate), null, 2)}\n`)
}

/** Gigabytes by purpose; for a run, grouped by phase (training, generation). */
type Estimate = Record<string, number | Record<string, number>> | null

/**
 * The statistics of one command. `tokens_per_second` counts new tokens if the command generates any; otherwise (scoring, training) it counts
 * the tokens read.
 */
export function statsOf(usage: EngineUsage | null, seconds: number, estimate: Estimate = null) {
  const tokens = usage && (usage.newTokens > 0 ? usage.newTokens : usage.promptTokens)
  return {
    load_seconds: usage?.loadSeconds ?? null,
    seconds,
    prompt_tokens: usage?.promptTokens ?? null,
    new_tokens: usage?.newTokens ?? null,
    tokens_per_second: tokens === null ? null : tokens / seconds,
    peak_rss_gb: usage && usage.peakRssBytes / 1e9,
    ...(estimate && { estimated_memory_gb: estimate }),
  }
}
