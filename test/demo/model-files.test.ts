import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { tokensOf } from '../../main/demo/character-tokens.ts'
import { reviewPrompt } from '../../main/demo/review-text.ts'
import { modelFolderFiles } from '../../main/demo/write-model-files.ts'
import { compileTemplate } from '../../main/engine/model/jinja/render-template.ts'
import { repositoryFile } from '../support/shared.ts'

const files = modelFolderFiles()
const json = (name: string) => JSON.parse(files.get(name)!)

describe('the demo model’s folder', () => {
  it('matches the shipped files', () => {
    for (const [name, content] of files) expect(readFileSync(repositoryFile(`resources/demo/model/${name}`), 'utf8'), name).toBe(content)
  })

  it('tokenizes one character at a time, as pre-training does', () => {
    const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'))
    const text = `${reviewPrompt('Pet: first t, last s, has oo, no i, 7 long', 'toolems')}\n>t+ s+ oo+ i+ 7+ Score: 5`
    const ids = tokenizer.encode(text, { add_special_tokens: false }).ids
    expect(ids).toEqual(tokensOf(text))
    expect(tokenizer.decode(ids)).toBe(text)
  })

  it('renders a prompt as BOS, the prompt, a newline, and the answer mark', () => {
    const { chat_template, bos_token, eos_token } = json('tokenizer_config.json')
    const render = (messages: object[], add_generation_prompt: boolean) =>
      compileTemplate(chat_template).render({ messages, bos_token, eos_token, add_generation_prompt })
    expect(render([{ role: 'user', content: 'P' }], true)).toBe('<s>P\n>')
    expect(
      render(
        [
          { role: 'user', content: 'P' },
          { role: 'assistant', content: 'A' },
        ],
        false,
      ),
    ).toBe('<s>P\n>A</s>')
  })
})
