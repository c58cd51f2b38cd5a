import { familiesNamed, type Grammar, grammarPrompt, taskFiles, taskOf, withRequirements } from '../../data/grammar-prompts.ts'
import { importInThread } from '../../data/import-thread.ts'
import { promptsOf } from '../../data/imported.ts'
import { badInput } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Stage } from '../run-context.ts'
import { seedAt } from '../stage-work.ts'
import { preQuery } from './pre-query.ts'
import type { PromptWriter } from './prompt-writer.ts'
import { selfInstruct } from './self-instruct-writer.ts'

/** The grammar that a recipe describes. Throws BAD_INPUT if it names an unknown family. */
export function grammarOf({ prompts: { grammar }, random }: Recipe): Grammar {
  const { families, without, min, max } = grammar
  return { families: familiesNamed(families, without), min, max, random }
}

/** Puts prompts together from tasks, of a list or by the model, and requirements that programs check. */
export async function fromGrammar(stage: Stage, author: ModelRow): Promise<PromptWriter> {
  const { recipe, iteration } = stage
  const grammar = grammarOf(recipe)
  const { tasks: source, writer } = recipe.prompts.grammar
  const seed = seedAt(stage, 'grammar', iteration)
  const tasks = source === 'model' ? [] : promptsOf(await importInThread(source ?? taskFiles.own))
  if (source !== 'model') {
    if (tasks.length === 0) throw badInput(`${source} contains no tasks.`, 'Choose another file in prompts.grammar.tasks.')
    return {
      isSure: true,
      compared: null, // tasks and wordings occur many times by design
      left: () => Number.POSITIVE_INFINITY,
      round: async (_, size, before) =>
        Array.from({ length: size }, (_, i) => ({ ...grammarPrompt(grammar, tasks, seed, before + i), demonstrations: [] })),
    }
  }
  const written = writer === 'pre-query' ? await preQuery(stage, author) : selfInstruct(stage, author, await taskDemonstrations())
  return {
    ...written,
    compared: taskOf,
    async round(round, size, before) {
      const tasks = await written.round(round, size, before)
      return tasks.map((task, place) =>
        task.unreadable === undefined
          ? { ...task, ...withRequirements(grammar, task.text, seedAt(stage, 'grammar', iteration, round, place)) }
          : task,
      )
    },
  }
}

/** What self-instruct shows instead of whole prompts. */
const taskDemonstrations = async () => ({ shown: taskOf, otherwise: promptsOf(await importInThread(taskFiles.own)) })
