import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { huggingFaceTokenizer } from '../../../main/engine/model/tokenizer/hugging-face-tokenizer.ts'
import { repositoryFile } from '../../support/shared.ts'

interface Recorded {
  readonly texts: readonly string[]
  readonly recorded: readonly { readonly tokenizer: object; readonly parsed: readonly number[][]; readonly spelled: readonly number[][] }[]
}

/** The original library's results (`record-tokenizers.py`). */
const { texts, recorded } = JSON.parse(readFileSync(repositoryFile('test/engine/tokenizers/recorded.json'), 'utf8')) as Recorded

test.each(recorded.map((each, i) => ({ ...each, name: `tokenizer ${i + 1}` })))(
  '$name reads texts as the original library does',
  (each) => {
    const tokenizer = huggingFaceTokenizer(each.tokenizer, null, 'tokenizer.json')
    for (const [i, text] of texts.entries()) {
      expect([text, tokenizer.encode(text, { special: true })]).toEqual([text, each.parsed[i]])
      expect([text, tokenizer.encode(text, { special: false })]).toEqual([text, each.spelled[i]])
    }
  },
)
