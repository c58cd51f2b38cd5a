import type { Imported, InstructionExample } from './imported.ts'

/**
 * A file's contents as rows in Laurel's own format, one kind per file: {prompt, completion}, {question, answer, rank}, {prompt, chosen,
 * rejected}, or {prompt}. Importing them again gives the same lists, whatever the original format, so a recipe can use the copy like the
 * original.
 */
export function* normalizedRows(imported: Imported): Generator<object> {
  const { instructions, ranked, preferences, prompts } = imported
  if (ranked.length > 0) {
    // The examples are the best-ranked answers, so importing recreates them.
    for (const { prompt, answers } of ranked) for (const { text, rank } of answers) yield { question: prompt, answer: text, rank }
  } else if (preferences.length > 0) {
    for (const { prompt, chosen, rejected, scoreChosen, scoreRejected } of preferences) {
      yield { prompt, chosen, rejected, score_chosen: scoreChosen, score_rejected: scoreRejected }
    }
  } else {
    // Only plain files mix examples and bare prompts, and their examples are just two texts.
    const isMixed = instructions.length > 0 && prompts.length > 0
    for (const example of instructions) yield isMixed ? { prompt: example.prompt, response: example.response } : exampleRow(example)
    for (const prompt of prompts) yield { prompt }
  }
}

const exampleRow = ({ prompt, response, task, weights, classification }: InstructionExample): object => ({
  ...{ prompt, completion: response },
  ...{ task, weights, classification }, // only those present
})
