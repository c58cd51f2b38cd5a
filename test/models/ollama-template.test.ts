import { expect, test } from 'vitest'
import { chatTemplate } from '../../main/engine/model/tokenizer/chat-template.ts'
import { canBeQuoted, joined, modelfile, ollamaTemplate, type Render, templateParts } from '../../main/models/modelfile.ts'

const renderOf = (source: string): Render => {
  const template = chatTemplate(source, { bos_token: '<s>', eos_token: '</s>' }, 'test')
  return async (messages, addGenerationPrompt) => template.render([...messages], addGenerationPrompt)
}

const chatMl =
  "{% for m in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% endif %}" +
  "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
const instruct =
  "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" +
  "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}"
const counting = "{% for m in messages %}{{ loop.index ~ ': ' ~ m['content'] ~ '\n' }}{% endfor %}"

test('a template is taken apart and reassembled without changes, including its default system message', async () => {
  const parts = (await templateParts(renderOf(chatMl)))!
  const messages = [
    { role: 'user', content: 'Who?' },
    { role: 'assistant', content: 'I.' },
    { role: 'user', content: 'Why?' },
  ]
  expect(joined(parts, messages)).toBe(await renderOf(chatMl)(messages, true))
  expect(ollamaTemplate(parts, '<|im_start|>')).toBe(
    '{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ else }}<|im_start|>system\nBe kind.<|im_end|>\n{{ end }}' +
      '{{ range .Messages }}{{ if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n' +
      '{{ else if eq .Role "assistant" }}<|im_start|>assistant\n{{ .Content }}<|im_end|>\n{{ end }}{{ end }}<|im_start|>assistant\n',
  )
})

test('the token that Ollama writes before every conversation is left out; a template without system messages has none', async () => {
  const parts = (await templateParts(renderOf(instruct)))!
  expect(parts.system).toBeNull()
  expect(ollamaTemplate(parts, '<s>')).toBe(
    '{{ range .Messages }}{{ if eq .Role "user" }}[INST] {{ .Content }} [/INST]{{ else if eq .Role "assistant" }}{{ .Content }}</s>{{ end }}{{ end }}',
  )
})

test("a template that does more than wrap messages isn't converted", async () => {
  expect(await templateParts(renderOf(counting))).toBeNull()
  const text = modelfile({ title: 'M3', from: '.', template: null, stops: [], temperature: 0.7, topP: 0.9 })
  expect(text).not.toContain('TEMPLATE')
})

test('braces in a template are escaped for Ollama', async () => {
  const parts = (await templateParts(renderOf("{% for m in messages %}{{ '{{' + m['content'] + '}}' }}{% endfor %}")))!
  expect(ollamaTemplate(parts, '')).toContain('{{ "{{" }}{{ .Content }}}}')
})

test('a Modelfile has every stop text', () => {
  const stops = ['<|im_end|>', '<|endoftext|>']
  const text = modelfile({ title: 'M3', from: '.', template: 'x', stops, temperature: 1, topP: 1 })
  expect(text).toContain('PARAMETER stop "<|im_end|>"\nPARAMETER stop "<|endoftext|>"\n')
})

test('a template that would end its own quotation can’t be quoted', () => {
  expect(['fine', 'a """ b', 'ends in "'].map(canBeQuoted)).toEqual([true, false, false])
})
