import type { Imported, InstructionExample } from './imported.ts'

/**
 * What a file holds as rows of Laurel's own form, one kind to a file: {prompt, completion}, {question, answer, rank},
 * {prompt, chosen, rejected} or {prompt}. Reading them again gives the same lists, whatever the file was before, so a recipe takes the copy as
 * it would take the original.
 */
export function* normalisedRows(imported: Imported): Generator<object> {
  const { instructions, ranked, preferences, prompts } = imported
  if (ranked.length > 0) {
    // The examples are the answers ranked best: they come about again.
    for (const { prompt, answers } of ranked) for (const { text, rank } of answers) yield { question: prompt, answer: text, rank }
  } else if (preferences.length > 0) {
    for (const { prompt, chosen, rejected, scoreChosen, scoreRejected } of preferences) {
      yield { prompt, chosen, rejected, score_chosen: scoreChosen, score_rejected: scoreRejected }
    }
  } else {
    // Only plain files mix examples and bare prompts, and their examples are nothing but two texts.
    const isMixed = instructions.length > 0 && prompts.length > 0
    for (const example of instructions) yield isMixed ? { prompt: example.prompt, response: example.response } : exampleRow(example)
    for (const prompt of prompts) yield { prompt }
  }
}

const exampleRow = ({ prompt, response, task, weights, classification }: InstructionExample): object => ({
  ...{ prompt, completion: response },
  ...{ task, weights, classification }, // those that there are
})
