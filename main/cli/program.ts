import { Command } from 'commander'
import { takePastedPaths } from './options.ts'
import { laurelVersion } from './version.ts'

const overview = `
Laurel trains a self-rewarding language model ("Self-Rewarding Language Models", Yuan et al. 2024): the model responds
to new prompts, judges its own responses, and learns to prefer the better ones.

Start here: laurel demo`

/** The commands in the order of the help. Each is loaded only when it is needed: all of them take longer to load than most take to work. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./commands/demo-command.ts')).registerDemo,
  tokenize: async () => (await import('./commands/tokenize-command.ts')).registerTokenize,
  render: async () => (await import('./commands/render-command.ts')).registerRender,
  score: async () => (await import('./commands/score-command.ts')).registerScore,
  generate: async () => (await import('./commands/generate-command.ts')).registerGenerate,
  judge: async () => (await import('./commands/judge-command.ts')).registerJudge,
  'parse-scores': async () => (await import('./commands/parse-scores-command.ts')).registerParseScores,
  evaluate: async () => (await import('./commands/evaluate-command.ts')).registerEvaluate,
  verify: async () => (await import('./commands/verify-command.ts')).registerVerify,
  train: async () => (await import('./commands/train-command.ts')).registerTrain,
  data: async () => (await import('./commands/data-command.ts')).registerData,
  model: async () => (await import('./commands/model-command.ts')).registerModel,
  run: async () => (await import('./commands/run-command.ts')).registerRun,
  engine: async () => (await import('./commands/engine-command.ts')).registerEngine,
  search: async () => (await import('./commands/search-command.ts')).registerSearch,
  serve: async () => (await import('./commands/serve-command.ts')).registerServe,
  link: async () => (await import('./commands/link-command.ts')).registerLink,
  database: async () => (await import('./commands/database-command.ts')).registerDatabase,
  runtime: async () => (await import('./commands/runtime-command.ts')).registerRuntime,
  doctor: async () => (await import('./commands/doctor-command.ts')).registerDoctor,
}

/**
 * The command line with one command, or with all, which the help and a misspelled name need. Usage errors throw a CommanderError instead of
 * exiting.
 */
export async function createProgram(only = ''): Promise<Command> {
  const program = new Command('laurel')
    .description('Train a self-rewarding language model.')
    .version(laurelVersion())
    .enablePositionalOptions() // an option after a subcommand is the subcommand's: judge and judge probe have some of the same name
    .addHelpText('after', overview)
    .configureOutput({
      outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')} (for usage, run the command with --help)\n`),
    })
    .exitOverride()
  const needed = Object.hasOwn(commands, only) ? [commands[only]] : Object.values(commands)
  for (const load of needed) (await load())(program)
  takePastedPaths(program)
  return program
}
