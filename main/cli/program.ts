import { Command } from 'commander'
import { registerData } from './commands/data-command.ts'
import { registerDatabase } from './commands/database-command.ts'
import { registerDemo } from './commands/demo-command.ts'
import { registerDoctor } from './commands/doctor-command.ts'
import { registerEngine } from './commands/engine-command.ts'
import { registerEvaluate } from './commands/evaluate-command.ts'
import { registerGenerate } from './commands/generate-command.ts'
import { registerJudge } from './commands/judge-command.ts'
import { registerLink } from './commands/link-command.ts'
import { registerModel } from './commands/model-command.ts'
import { registerParseScores } from './commands/parse-scores-command.ts'
import { registerRender } from './commands/render-command.ts'
import { registerRun } from './commands/run-command.ts'
import { registerRuntime } from './commands/runtime-command.ts'
import { registerScore } from './commands/score-command.ts'
import { registerSearch } from './commands/search-command.ts'
import { registerServe } from './commands/serve-command.ts'
import { registerTokenize } from './commands/tokenize-command.ts'
import { registerTrain } from './commands/train-command.ts'
import { registerVerify } from './commands/verify-command.ts'
import { takePastedPaths } from './options.ts'
import { laurelVersion } from './version.ts'

const overview = `
Laurel trains a self-rewarding language model ("Self-Rewarding Language Models", Yuan et al. 2024): the model responds
to new prompts, judges its own responses, and learns to prefer the better ones.

Start here: laurel demo`

/** The command line. Usage errors throw a CommanderError instead of exiting. */
export function createProgram(): Command {
  const program = new Command('laurel')
    .description('Train a self-rewarding language model.')
    .version(laurelVersion())
    .enablePositionalOptions() // an option after a subcommand is the subcommand's: judge and judge probe have some of the same name
    .addHelpText('after', overview)
    .configureOutput({
      outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')} (for usage, run the command with --help)\n`),
    })
    .exitOverride()
  registerDemo(program)
  registerTokenize(program)
  registerRender(program)
  registerScore(program)
  registerGenerate(program)
  registerJudge(program)
  registerParseScores(program)
  registerEvaluate(program)
  registerVerify(program)
  registerTrain(program)
  registerData(program)
  registerModel(program)
  registerRun(program)
  registerEngine(program)
  registerSearch(program)
  registerServe(program)
  registerLink(program)
  registerDatabase(program)
  registerRuntime(program)
  registerDoctor(program)
  takePastedPaths(program)
  return program
}
