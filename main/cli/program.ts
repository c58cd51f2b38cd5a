import { Command } from 'commander'
import { registerData } from './commands/data.ts'
import { registerDatabase } from './commands/database.ts'
import { registerDemo } from './commands/demo.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerEvaluate } from './commands/evaluate.ts'
import { registerGenerate } from './commands/generate.ts'
import { registerJudge } from './commands/judge.ts'
import { registerLink } from './commands/link.ts'
import { registerParseScores } from './commands/parse-scores.ts'
import { registerRender } from './commands/render.ts'
import { registerRun } from './commands/run.ts'
import { registerRuntime } from './commands/runtime.ts'
import { registerScore } from './commands/score.ts'
import { registerServe } from './commands/serve.ts'
import { registerTokenize } from './commands/tokenize.ts'
import { registerTrain } from './commands/train.ts'
import { takePastedPaths } from './option-values.ts'
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
  registerTrain(program)
  registerData(program)
  registerRun(program)
  registerServe(program)
  registerLink(program)
  registerDatabase(program)
  registerRuntime(program)
  registerDoctor(program)
  takePastedPaths(program)
  return program
}
