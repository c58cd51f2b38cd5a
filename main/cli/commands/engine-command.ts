import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { type Command, Option } from 'commander'
import { engineKeys, keyVariableOf } from '../../app/engines/engine-keys.ts'
import { type EnginesApi, enginesApi } from '../../app/engines/engines.ts'
import { describeIssues } from '../../common/describe-issues.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { keepPrivate } from '../../common/private-files.ts'
import type { ShownEngine } from '../../shared/contract/engines-contract.ts'
import { engineSettings, longestTimeout, openaiSettings } from '../../shared/engine-settings.ts'
import { badInput } from '../../shared/errors.ts'
import { openStore } from '../../store/store.ts'
import { engineLines, engineListText } from '../engine-text.ts'
import { listenForInterrupt } from '../exit.ts'
import { decimal, integer } from '../options.ts'

const defaults = openaiSettings.parse({ kind: 'openai', address: 'http://x', model: 'x' })

/** `laurel engine add | key | test | list | remove`. */
export function registerEngine(program: Command): void {
  const engine = program.command('engine').description('engines besides this machine: servers that write, judge, or train for a run')
  engine
    .command('add <name>')
    .description('add a server with OpenAI’s API, or a Ray cluster')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['openai', 'ray']).default('openai'))
    .requiredOption('--address <url>', 'its address: http://HOST:PORT/v1 (openai), or that of the dashboard (ray)')
    .option('--model <name>', 'the model that answers (openai)')
    .option('--storage <place>', 'a folder or URL that the cluster and this machine reach (ray)')
    .option('--folder <path>', 'the storage as this machine sees it, if that differs (ray)')
    .option('--concurrency <n>', `requests in flight (default: ${defaults.concurrency})`, integer(1, 1024))
    .option('--timeout <seconds>', `that a request may take (default: ${defaults.timeout})`, integer(1, longestTimeout))
    .option('--retries <n>', `attempts after the first, when a server is busy (default: ${defaults.retries})`, integer(0, 100))
    .option('--price-input <n>', 'price of a million tokens read, for the sum that a run shows', decimal(0))
    .option('--price-output <n>', 'price of a million tokens written', decimal(0))
    .option('--currency <code>', 'of the prices (default: USD)')
    .option('--key-variable <name>', 'the environment variable that holds the key')
    .option('--key-stdin', 'read the key from standard input and store it')
    .action(add)
  engine
    .command('key <name>')
    .description('store the key of an engine: typed, or from standard input')
    .option('--remove', 'remove it')
    .action(setKey)
  engine
    .command('test <name>')
    .description('measure an engine, and find out what it has and which judges it can serve')
    .option('--json', 'as JSON')
    .action(test)
  engine.command('list').description('list the engines').option('--json', 'as JSON').action(list)
  engine.command('remove <name>').description('remove an engine and its key').action(remove)
}

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

interface AddOptions {
  readonly kind: 'openai' | 'ray'
  readonly address: string
  readonly model?: string
  readonly storage?: string
  readonly folder?: string
  readonly concurrency?: number
  readonly timeout?: number
  readonly retries?: number
  readonly priceInput?: number
  readonly priceOutput?: number
  readonly currency?: string
  readonly keyVariable?: string
  readonly keyStdin?: boolean
}

async function add(name: string, options: AddOptions): Promise<void> {
  const { kind, address, model, storage, folder, concurrency, timeout, retries, priceInput, priceOutput, currency, keyVariable } = options
  const prices =
    priceInput === undefined && priceOutput === undefined ? undefined : { input: priceInput ?? 0, output: priceOutput ?? 0, currency }
  const common = { kind, address, key_variable: keyVariable }
  const parsed = engineSettings.safeParse(
    kind === 'openai' ? { ...common, model, concurrency, timeout, retries, prices } : { ...common, storage, folder },
  )
  if (!parsed.success) throw badInput(`Couldn't add the engine ${name}: ${describeIssues(parsed.error)}.`, 'Set this option.')
  const key = options.keyStdin ? await readKey() : null
  await withEngines((engines) => engines.add(name, parsed.data, key))
  process.stderr.write(`added; to see what it can do: laurel engine test ${name}\n`)
}

const setKey = (name: string, options: { remove?: boolean }): Promise<void> =>
  withEngines(async (engines) => {
    const engine = engines.list().find((known) => known.name === name)
    if (options.remove) return engines.removeKey(name)
    engines.setKey(name, await readKey())
    if (engine?.key === 'environment') {
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
