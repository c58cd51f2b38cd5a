import type { Command } from 'commander'
import { homeFolder } from '../../common/home.ts'
import { writeJsonLines } from '../../common/jsonl.ts'
import { pastedPath } from '../../common/pasted-path.ts'
import { checkReplaceable } from '../../common/replace-file.ts'
import { refuseOwnPlace } from '../../common/resources.ts'
import { familiesNamed, grammarPrompts, taskFiles } from '../../data/grammar-prompts.ts'
import { importFile } from '../../data/import-file.ts'
import { promptsOf } from '../../data/imported.ts'
import { badInput } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { collected, integer, requireOptions } from '../options.ts'

interface PromptsOptions {
  readonly output: string
  readonly count: number
  readonly seed: number
  readonly family: readonly string[]
  readonly without: readonly string[]
  readonly min: number
  readonly max: number
  readonly tasks?: string
  readonly heldOut?: boolean
  readonly except: readonly string[]
}

export function registerPrompts(data: Command): void {
  const command = data
    .command('prompts')
    .description('write prompts with requirements that programs check, each put together from a task and one to three requirements')
    .option('--output <file>', 'write the prompts to this file, as JSON Lines')
    .option('--count <n>', 'number of prompts', integer(1, limits.rows))
    .option('--seed <n>', 'seed of every choice', integer(0), 0)
    .option('--family <name>', 'use only this family of requirements, by its name or the id of its check (repeatable)', collected, [])
    .option('--without <name>', "don't use this family (repeatable)", collected, [])
    .option('--min <n>', 'fewest requirements per prompt', integer(1, limits.samples), 1)
    .option('--max <n>', 'most requirements per prompt', integer(1, limits.samples), 3)
    .option('--tasks <file>', 'take the tasks from this file (default: those that ship with Laurel)')
    .option('--held-out', 'take the tasks that ship with Laurel for measuring, which runs never use')
    .option('--except <prompts>', 'drop prompts and tasks that occur in this file (repeatable)', collectedPath, [])
  command.action((options: PromptsOptions) => {
    requireOptions(command, 'output', 'count')
    return writePrompts(options)
  })
}

const collectedPath = (text: string, before: readonly string[]): string[] => collected(pastedPath(text), before)

async function writePrompts({ output, count, seed, family, without, min, max, tasks, heldOut, except }: PromptsOptions): Promise<void> {
  if (min > max) throw badInput(`--min is ${min}, but --max is ${max}.`, 'Raise --max, or lower --min.')
  if (tasks !== undefined && heldOut) throw badInput('--tasks and --held-out both say where the tasks are from.', 'Leave one out.')
  refuseOwnPlace(homeFolder(), output)
  checkReplaceable(output)
  const families = familiesNamed(family, without)
  const taken = tasks ?? (heldOut ? taskFiles.heldOut : taskFiles.own)
  const known = (await Promise.all(except.map((path) => importFile(path)))).flatMap(promptsOf)
  const prompts = grammarPrompts({ ...{ families, min, max, seed, count }, tasks: promptsOf(await importFile(taken)), except: known })
  if (prompts.length === 0) throw badInput(`Every task of ${taken} occurs in ${except.join(', ')}.`, 'Choose other tasks with --tasks.')
  writeJsonLines(
    output,
    prompts.map(({ text, requirements }) => ({ prompt: text, requirements })),
  )
  const few = prompts.length < count ? ` (the grammar and the tasks have no more than these)` : ''
  process.stderr.write(`${prompts.length} prompts with ${families.length} families of requirements in ${output}${few}\n`)
}
