import { describe, expect, it } from 'vitest'
import { writeJsonLines } from '../../main/common/jsonl.ts'
import { importFile } from '../../main/data/import-file.ts'
import { normalizedRows, requirementsOf } from '../../main/data/imported.ts'
import { type SeedPlan, seedProblems } from '../../main/data/seed-problems.ts'
import { reasons, temporaryFiles } from './temporary-files.ts'

const { write, lines } = temporaryFiles()

const lake = { id: 'keywords:existence', args: { keywords: ['lake'] } }
const lakeText = 'The response contains the word "lake".'

describe('prompts that come with requirements', () => {
  it('keep them, and one without a text takes its check’s sentence', async () => {
    const imported = await lines(
      { prompt: 'Write about a river.', requirements: [{ check: lake }, { text: 'It is kind.', weight: 2 }, 'It is short.'] },
      { prompt: 'Write about a hill.' },
      { prompt: 'Write about a lake.', requirements: [{ text: 'It names a lake.', check: lake }] },
    )
    expect(imported.prompts).toEqual(['Write about a river.', 'Write about a hill.', 'Write about a lake.'])
    expect(imported.prompts.map((prompt) => requirementsOf(imported, prompt))).toEqual([
      [
        { text: lakeText, weight: 1, check: lake },
        { text: 'It is kind.', weight: 2, check: null },
        { text: 'It is short.', weight: 1, check: null },
      ],
      [],
      [{ text: 'It names a lake.', weight: 1, check: lake }],
    ])
    expect(imported.notes).toEqual([])
  })

  it('are also read in IFEval’s form, in which null is an argument that the instruction doesn’t take', async () => {
    const imported = await lines({
      ...{ key: 1000, prompt: 'Write about a river.', instruction_id_list: ['keywords:existence'] },
      kwargs: [{ keywords: ['lake'], num_words: null, relation: null }],
    })
    expect(requirementsOf(imported, 'Write about a river.')).toEqual([{ text: lakeText, weight: 1, check: lake }])
    expect(imported.notes).toEqual([])
  })

  it('belong to the first row of a prompt that occurs twice', async () => {
    const imported = await lines({ prompt: 'Write.', requirements: ['It is short.'] }, { prompt: 'Write. ', requirements: ['It is long.'] })
    expect(requirementsOf(imported, 'Write.').map(({ text }) => text)).toEqual(['It is short.'])
  })

  it('are in a copy of the file too', async () => {
    const imported = await lines({ prompt: 'Write.', requirements: [{ check: lake }, 'It is short.'] })
    const copy = write('')
    writeJsonLines(copy, normalizedRows(imported))
    const again = await importFile(copy)
    expect(requirementsOf(again, 'Write.')).toEqual(requirementsOf(imported, 'Write.'))
  })

  it.each([
    [{ requirements: [{ check: { id: 'keywords:lake' } }] }, 'requirement 1: There is no check "keywords:lake"'],
    [{ requirements: ['fine', { check: { ...lake, args: {} } }] }, 'requirement 2: The arguments of the check keywords:existence'],
    [{ requirements: [{}] }, 'requirement 1: it has neither a text nor a check'],
    [{ requirements: 'short' }, '"requirements" is text, not a list'],
    [{ requirements: [{ text: 'x', weight: -1 }] }, 'requirement 1: weight: '],
    [{ requirements: [7] }, 'requirement 1: it is a number, not an object'],
    [{ instruction_id_list: ['no:such'], kwargs: [{}] }, 'instruction 1: There is no check "no:such"'],
  ])('are one error with the line if one is wrong: %j', async (fields, reason) => {
    const imported = await lines({ prompt: 'Good.' }, { prompt: 'Bad.', ...fields })
    expect(imported.prompts).toEqual(['Good.'])
    expect(reasons(imported.rejected)).toEqual([expect.stringMatching(new RegExp(`^2: ${reason.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`))])
  })

  /** Of a run that reads no file. */
  const plan: SeedPlan = {
    ...{ ift: null, eft: null, ranked: null, prompts: null, evaluationPrompts: null, gradedPrompts: null },
    ...{ gradedHeldOut: 0, rankedHeldOut: 0, evaluationCount: 0, needsDemonstrations: false, needsChecks: false },
  }

  it('must all be right in a file that a run uses', async () => {
    const row = (prompt: string, id: string): string => `${JSON.stringify({ prompt, requirements: [{ check: { ...lake, id } }] })}\n`
    const path = write(row('One.', lake.id) + row('Two.', 'no:such'))
    expect(await seedProblems({ ...plan, prompts: path })).toEqual([
      expect.objectContaining({ key: 'prompts.file', message: expect.stringContaining(`${path}:2: requirement 1:`) }),
    ])
  })

  it('must be there, with a check, in a file for a judge that is a program', async () => {
    const path = write(`${JSON.stringify({ prompt: 'One.', requirements: ['Sound kind.'] })}\n`)
    expect(await seedProblems({ ...plan, prompts: path })).toEqual([])
    const problem = 'contains no prompts with requirements that a program can check, and judge.method is "verifier".'
    expect(await seedProblems({ ...plan, prompts: path, needsChecks: true })).toEqual([
      expect.objectContaining({ key: 'prompts.file', message: `${path} ${problem}` }),
    ])
  })
})
