import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { homePaths } from '../../common/home.ts'
import { readJsonLines, writeJsonLines } from '../../common/jsonl.ts'
import { writeFolder } from '../../common/write-folder.ts'
import { chatPreferencesId, type PreferredAnswer } from '../../shared/contract/chats-contract.ts'
import { message } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import { type DataSetDocument, dataSetDocument, documentName } from '../datasets/document.ts'
import { usesOf } from '../datasets/import-report.ts'

const name = 'Preferences from chats'
const source = 'answers that you preferred in Models > Chat'
const rowsFile = `${chatPreferencesId}.jsonl`

/** As TRL and `laurel train dpo` read it: a conversation is a list of messages. */
const row = z.object({
  id: z.string(),
  prompt: z.union([z.string(), z.array(message)]),
  chosen: z.string(),
  rejected: z.string(),
  model_chosen: z.string(),
  model_rejected: z.string(),
  at: z.string(),
})
type Row = z.output<typeof row>

/** The data set of answers that the user preferred in chats. It exists once there is one; deleting it in Data starts it again. */
export function chatPreferences(home: string) {
  const folder = join(homePaths(home).dataSets, chatPreferencesId)
  const documentPath = join(folder, documentName)

  const document = (): DataSetDocument | null =>
    existsSync(documentPath) ? dataSetDocument.parse(JSON.parse(readFileSync(documentPath, 'utf8'))) : null

  function rows(): Row[] {
    const found = document()
    if (found === null) return []
    if (found.source !== source)
      throw badInput(`There is an imported data set named ${name}.`, 'Delete it, and import it again under another name.')
    return readJsonLines(join(folder, rowsFile)).map(({ value }) => row.parse(value))
  }

  function write(all: readonly Row[]): void {
    if (all.length === 0) {
      rmSync(folder, { recursive: true, force: true })
      return
    }
    const importedAt = document()?.importedAt ?? all[0].at
    writeFolder(folder, {
      bytes: all.reduce((sum, one) => sum + JSON.stringify(one).length, 0),
      mayReplace: () => true, // `rows` has refused another data set's folder
      fill(temporary) {
        const place = join(temporary, rowsFile)
        writeJsonLines(place, all)
        const about: DataSetDocument = {
          ...{ version: 1, name, source, rowsFile, format: 'preferences', kind: 'preferences', uses: usesOf('preferences') },
          counts: { instructions: 0, ranked: 0, rankedAnswers: 0, preferences: all.length, prompts: 0 },
          ...{ bytes: statSync(place).size, importedAt },
        }
        writeFileSync(join(temporary, documentName), `${JSON.stringify(about, null, 2)}\n`)
      },
    })
  }

  return {
    /** Returns the pair's ID. Throws BAD_INPUT if the answers are the same. */
    add({ prompt, chosen, rejected, chosenModel, rejectedModel }: PreferredAnswer): string {
      if (chosen === rejected) throw badInput('Both answers are the same.', 'Send another message, or try another seed.')
      const id = randomUUID()
      const isPlain = prompt.length === 1 && prompt[0].role === 'user'
      const added: Row = {
        ...{ id, prompt: isPlain ? prompt[0].content : prompt, chosen, rejected },
        ...{ model_chosen: chosenModel, model_rejected: rejectedModel, at: new Date().toISOString() },
      }
      write([...rows(), added])
      return id
    },
    /** Removes a pair, if it is still there. */
    remove(id: string): void {
      const before = rows()
      const left = before.filter((one) => one.id !== id)
      if (left.length < before.length) write(left)
    },
  }
}
export type ChatPreferences = ReturnType<typeof chatPreferences>
