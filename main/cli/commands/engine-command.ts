import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { type Command, Option } from 'commander'
import { engineKeys, keyVariableOf } from '../../app/engines/engine-keys.ts'
import { type EnginesApi, enginesApi } from '../../app/engines/engines.ts'
import { describeIssues } from '../../common/describe-issues.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { keepPrivate } from '../../common/private-files.ts'
import type { ShownEngine } from '../../shared/contract/engines-contract.ts'
import { type EngineSettings, engineSettings, longestTimeout, openaiSettings, type TokenPrices } from '../../shared/engine-settings.ts'
import { badInput } from '../../shared/errors.ts'
import { extraFrom } from '../../shared/extra-fields.ts'
import { openStore } from '../../store/store.ts'
import { engineLines, engineListText } from '../engine-text.ts'
import { listenForInterrupt } from '../exit.ts'
import { decimal, integer } from '../options.ts'

const defaults = openaiSettings.parse({ kind: 'openai', address: 'http://x', model: 'x' })

/** `laurel engine add | edit | key | test | list | remove`. */
export function registerEngine(program: Command): void {
  const engine = program.command('engine').description('engines besides this machine: servers that write, judge, or train for a run')
  const adding = engine
    .command('add <name>')
    .description('add a server with OpenAI’s API, or a Ray cluster')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['openai', 'ray']).default('openai'))
    .requiredOption(...addressOption)
  addSettingOptions(adding, (value) => ` (default: ${value})`)
    .option('--key-stdin', 'read the key from standard input and store it')
    .action(add)
  const editing = engine
    .command('edit <name>')
    .description('change the settings of an engine; a run that uses it continues with them, once it is paused and resumed')
    .option(...addressOption)
  addSettingOptions(editing, () => '')
    .option('--no-folder', 'this machine sees the storage under its own name')
    .option('--no-prices', 'no prices')
    .option('--no-key-variable', 'no variable of its own for the key')
    .action(edit)
  engine
    .command('key <name>')
    .description('store the key of an engine: typed, or from standard input')
    .option('--remove', 'remove it')
    .action(setKey)
  engine
    .command('test <name>')
    .description('find out what an engine has and which judges it can serve, and measure it; on a Ray cluster, by a short job')
    .option('--json', 'as JSON')
    .action(test)
  engine.command('list').description('list the engines').option('--json', 'as JSON').action(list)
  engine.command('remove <name>').description('remove an engine and its key').action(remove)
}

const addressOption = ['--address <url>', 'its address: http://HOST:PORT/v1 (openai), or that of the dashboard (ray)'] as const

/** The options of an engine's settings. `otherwise`: what the help says of a setting that isn't given. */
const addSettingOptions = (command: Command, otherwise: (value: string | number) => string): Command =>
  command
    .option('--model <name>', 'the model that answers (openai)')
    .option('--storage <place>', 'a folder or URL that the cluster and this machine reach (ray)')
    .option('--folder <path>', 'the storage as this machine sees it, if that differs (ray)')
    .option('--concurrency <n>', `requests in flight (openai)${otherwise(defaults.concurrency)}`, integer(1, 1024))
    .option('--timeout <seconds>', `that a request may take (openai)${otherwise(defaults.timeout)}`, integer(1, longestTimeout))
    .option('--retries <n>', `attempts after the first, when a server is busy (openai)${otherwise(defaults.retries)}`, integer(0, 100))
    .option('--price-input <n>', 'price of a million tokens read, for the sum that a run shows (openai)', decimal(0))
    .option('--price-output <n>', 'price of a million tokens written (openai)', decimal(0))
    .option('--currency <code>', `of the prices (openai)${otherwise('USD')}`)
    .option(
      '--extra <json>',
      'fields that go into every request, such as {"reasoning_effort": "low"}; {} for none. No secrets: settings are shown and exported (openai)',
      extraFrom,
    )
    .option('--key-variable <name>', 'the environment variable that holds the key')

async function withEngines<Value>(use: (engines: EnginesApi) => Value | Promise<Value>): Promise<Value> {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  try {
    return await use(enginesApi(store, engineKeys(home)))
  } finally {
    store.close()
  }
}

interface SettingOptions {
  readonly address?: string
  readonly model?: string
  readonly storage?: string
  readonly folder?: string | false
  readonly concurrency?: number
  readonly timeout?: number
  readonly retries?: number
  readonly priceInput?: number
  readonly priceOutput?: number
  readonly currency?: string
  /** False: none. Undefined or true: as before. */
  readonly prices?: boolean
  readonly keyVariable?: string | false
  readonly extra?: unknown
}

/** Settings as the options say, from those before or the kind. Throws BAD_INPUT that starts with `what`. */
function settingsFrom(what: string, before: EngineSettings | Pick<EngineSettings, 'kind'>, options: SettingOptions): EngineSettings {
  const { priceInput, priceOutput, currency, prices, keyVariable, folder, ...others } = options
  const given = {
    ...others,
    folder: folder === false ? null : folder,
    key_variable: keyVariable === false ? null : keyVariable,
    prices: prices === false ? null : pricesFrom(before, whatIsSet({ input: priceInput, output: priceOutput, currency })),
  }
  const parsed = engineSettings.safeParse({ ...before, ...whatIsSet(given) })
  if (parsed.success) return parsed.data
  throw badInput(`${what}: ${describeIssues(parsed.error)}.`, 'Correct these options; --help says which ones each kind of engine has.')
}

/** undefined: as before. A price that was never set is 0 once the other one is. */
function pricesFrom(before: EngineSettings | Pick<EngineSettings, 'kind'>, given: Partial<TokenPrices>): object | undefined {
  if (Object.keys(given).length === 0) return undefined
  const known = 'prices' in before ? before.prices : null
  const unset = given.input === undefined && given.output === undefined ? {} : { input: 0, output: 0 }
  return { ...unset, ...known, ...given }
}

const whatIsSet = <Value extends object>(values: Value): Partial<Value> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Value>

interface AddOptions extends SettingOptions {
  readonly kind: EngineSettings['kind']
  readonly keyStdin?: boolean
}

async function add(name: string, { kind, keyStdin, ...options }: AddOptions): Promise<void> {
  const settings = settingsFrom(`Couldn't add the engine ${name}`, { kind }, options)
  const key = keyStdin ? await readKey() : null
  await withEngines((engines) => engines.add(name, settings, key))
  process.stderr.write(`added; to see what it can do: laurel engine test ${name}\n`)
}

const edit = (name: string, options: SettingOptions): Promise<void> =>
  withEngines((engines) => {
    const before = engines.find(name)
    const after = engines.edit(name, settingsFrom(`Couldn't change the engine ${name}`, before.settings, options))
    if (before.key !== null && after.key === null) process.stderr.write(`it needs its key again: laurel engine key ${name}\n`)
    if (before.test !== null && after.test === null) process.stderr.write(`to see what it can do now: laurel engine test ${name}\n`)
  })

const setKey = (name: string, options: { remove?: boolean }): Promise<void> =>
  withEngines(async (engines) => {
    const engine = engines.find(name)
    if (options.remove) return engines.removeKey(name)
    engines.setKey(name, await readKey())
    if (engine.key === 'environment') {
      process.stderr.write(`stored, but the variable ${engine.settings.key_variable ?? keyVariableOf(name)} is set and takes precedence\n`)
    }
  })

/** A line from standard input. A typed one isn't shown, and a key is never an argument: those are in the list of processes. */
async function readKey(): Promise<string> {
  const isTyped = process.stdin.isTTY === true
  if (isTyped) process.stderr.write('key: ')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTyped })
  try {
    for await (const line of lines) return line
    throw badInput('There is no key on standard input.', 'Type it, or redirect a file that holds it.')
  } finally {
    lines.close()
    if (isTyped) process.stderr.write('\n')
  }
}

async function test(name: string, { json }: { json?: boolean }): Promise<void> {
  const interrupt = listenForInterrupt()
  try {
    const engine = await withEngines((engines) => engines.test(name, interrupt.signal))
    process.stdout.write(json ? `${JSON.stringify(engine, null, 2)}\n` : engineLines(engine))
  } finally {
    interrupt.dispose()
  }
}

const list = ({ json }: { json?: boolean }): Promise<void> =>
  withEngines((engines) => {
    const all: ShownEngine[] = engines.list()
    process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : engineListText(all))
  })

const remove = (name: string): Promise<void> => withEngines((engines) => engines.remove(name))
