import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { badInput, LaurelError } from '../../main/shared/errors.ts'
import { type Precision, precision } from '../../main/shared/train-config.ts'
import { featuresWithin, type InstructionLimit, instructionLimits, isLimitedByHand } from './instruction-limit.ts'
import { machineFacts } from './machine.ts'

/** The parsed command line. Only benchmarks that need a path require it. */
export interface Options<Size extends string = string> {
  readonly precisions: readonly Precision[]
  readonly rounds: number
  readonly threads: number
  /** Seconds to wait for other work to subside before each run. */
  readonly wait: number
  readonly sizes: Readonly<Record<Size, number>>
  /** Small sizes, one round, and bfloat16 only where the processor has instructions for it: a first look at a machine. */
  readonly quick: boolean
  /** The instruction set to which the processor is limited, so that it computes as an older one does; null: it isn't. */
  readonly instructions: InstructionLimit | null
  /** Whether sizes, precisions, and the processor's instructions are the defaults, so that the results belong in the documentation. */
  readonly isDefault: boolean
  readonly write: boolean
  readonly profile: boolean
  readonly shapes: boolean
  /** The peers' Python virtual environment, or null to measure only Laurel. */
  readonly peer: string | null
  readonly paths: Readonly<Partial<Record<PathName, string>>>
}

const pathNames = ['model', 'peer-model', 'pairs'] as const
export type PathName = (typeof pathNames)[number]

const described: Record<PathName, string> = {
  model: 'the model to run (GGUF file or Hugging Face folder)',
  'peer-model': 'the same model as a Hugging Face folder with float32 weights, for the peer (bench/peers/convert.py converts a GGUF file)',
  pairs: 'preference pairs: a JSON list of {prompt, chosen, rejected}',
}

const variableOf = (name: PathName | 'peer'): string => `LAUREL_BENCH_${name.replace('-', '_').toUpperCase()}`

/** Parse a benchmark's arguments; defaults come from LAUREL_BENCH_MODEL, _PEER_MODEL, _PAIRS, and _PEER. */
export function parseOptions<Size extends string>(
  args: readonly string[],
  standard: Readonly<Record<Size, number>>,
  small?: Readonly<Partial<Record<Size, number>>>,
  env: NodeJS.ProcessEnv = process.env,
  features: readonly string[] = machineFacts().features,
): Options<Size> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const sizeNames = Object.keys(standard) as Size[]
  const optionOf = (size: string): string => size.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const values = parse(args, {
    ...Object.fromEntries(
      ['precision', 'rounds', 'threads', 'wait', 'instructions', 'peer', ...pathNames, ...sizeNames.map(optionOf)].map((name) => [
        name,
        text,
      ]),
    ),
    ...Object.fromEntries(['write', 'profile', 'shapes', 'quick'].map((name) => [name, flag])),
  })
  const given = (name: string): string | undefined => values[name] as string | undefined
  const quick = values.quick === true
  const sizes = quick ? { ...standard, ...small } : standard
  const peer = given('peer') ?? env[variableOf('peer')] ?? null
  const instructions = limitOf(given('instructions'), features)
  return {
    precisions: precisionsOf(given('precision'), { profile: values.profile === true, quick, features, instructions }),
    rounds: wholeNumber('rounds', given('rounds') ?? (peer && !quick ? '3' : '1')),
    threads: wholeNumber('threads', given('threads') ?? String(availableParallelism())),
    wait: given('wait') === undefined ? 0 : wholeNumber('wait', given('wait') as string),
    sizes: Object.fromEntries(
      sizeNames.map((name) => [name, wholeNumber(optionOf(name), given(optionOf(name)) ?? String(sizes[name]))]),
    ) as Record<Size, number>,
    quick,
    instructions,
    isDefault: !isLimitedByHand(env) && ['precision', ...sizeNames.map(optionOf)].every((name) => given(name) === undefined),
    write: values.write === true,
    profile: values.profile === true,
    shapes: values.shapes === true,
    peer,
    paths: Object.fromEntries(pathNames.flatMap((name) => pathOf(name, given(name) ?? env[variableOf(name)]))),
  }
}

const pathOf = (name: PathName, path: string | undefined): [PathName, string][] => (path === undefined ? [] : [[name, path]])

function parse(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw badInput(
      (error as Error).message.split('\n')[0],
      `The options are: ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(' ')}`,
    )
  }
}

interface Purpose {
  readonly profile: boolean
  readonly quick: boolean
  readonly features: readonly string[]
  readonly instructions: InstructionLimit | null
}

/**
 * A profile has a single precision: the fast one, unless another is given. A quick look and a limited processor leave out bfloat16 without instructions
 * for it.
 */
function precisionsOf(named: string | undefined, { profile, quick, features, instructions }: Purpose): Precision[] {
  const hasBfloat16 = (instructions === null ? features : featuresWithin(instructions, features)).some((name) => /bf16/.test(name))
  if (named === undefined && (quick || instructions !== null) && !hasBfloat16) return ['float32']
  if (named === undefined) return profile ? [hasBfloat16 ? 'bfloat16' : 'float32'] : [...precision.options]
  const parsed = precision.safeParse(named)
  if (!parsed.success) throw badInput(`--precision ${named}`, `Use one of ${precision.options.join(', ')}, or leave it out for both.`)
  return [parsed.data]
}

/** The limit by its name. A processor that has nothing to leave out isn't limited: its figures belong under its own name. */
function limitOf(name: string | undefined, features: readonly string[]): InstructionLimit | null {
  if (name === undefined) return null
  const limit = instructionLimits.find((each) => each === name)
  if (limit === undefined) throw badInput(`--instructions ${name}`, `Use one of ${instructionLimits.join(', ')}, or leave it out.`)
  if (features.includes(limit) && featuresWithin(limit, features).length < features.length) return limit
  throw badInput(`--instructions ${name}: this processor has no more than that.`, 'Leave the option out.')
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw badInput(`--${name} ${text}: not a whole number above 0`, `Give --${name} a number.`)
  return value
}

/** The path of a file or folder that a benchmark needs. */
export function requirePath(options: Options, name: PathName): string {
  const path = options.paths[name]
  const remedy = `Give --${name} PATH or set ${variableOf(name)}: ${described[name]}.`
  if (path === undefined) throw badInput(`This benchmark needs ${described[name].split(':')[0]}.`, remedy)
  if (!existsSync(path)) throw new LaurelError('NOT_FOUND', `${path} (--${name}) does not exist.`, remedy)
  return path
}
