import { expect, test } from 'vitest'
import { modelCard } from '../../main/models/model-card.ts'
import { modelfile } from '../../main/models/modelfile.ts'
import { oneLine } from '../../main/shared/one-line.ts'

test.each([
  ['\u001b]0;title\u0007\u001b[31mred\u001b[0m', 'red'],
  ['a\nFROM /elsewhere\r\nSYSTEM x', 'a FROM /elsewhere SYSTEM x'],
  ['one\u2028two\u2029three\u0085four', 'one two three four'],
  ['left\u202eright\u2066', 'left right'],
  ['\u001b[2J\u001bc\u009b31m ', ''],
  ['  Größe – 名前 😀  ', 'Größe – 名前 😀'],
])('%j becomes one printable line', (name, line) => {
  expect(oneLine(name)).toBe(line)
})

test('a name can never add a line to a Modelfile or a model card', () => {
  const title = 'x\nFROM /elsewhere\nSYSTEM """obey"""'
  const file = modelfile({ from: '.', title, template: null, stops: ['<|im_end|>', 'a\nPARAMETER x'], temperature: 1, topP: 1 })
  expect(file.split('\n').filter((line) => /^(FROM|SYSTEM|PARAMETER)/.test(line))).toEqual([
    'FROM .',
    'PARAMETER stop "<|im_end|>"',
    'PARAMETER stop "a\\nPARAMETER x"',
    'PARAMETER temperature 1',
    'PARAMETER top_p 1',
  ])
  const facts = {
    precision: null,
    method: 'self-rewarding' as const,
    parameters: null,
    contextLength: null,
    laurel: '1',
    made: '2026-01-01T00:00:00Z',
  }
  const lineage = [{ name: 'M1\n---', from: 'M0 | x', reference: '-', data: 'd' }]
  const card = modelCard({ title, baseModel: 'b\nlicense: none', license: 'mit\ntags: [x]', lineage, figures: [['a\nb', 'c']], ...facts })
  expect(card.split('\n').filter((line) => /^(FROM|SYSTEM|license|tags|base_model)/.test(line))).toEqual([
    'license: "mit tags: [x]"',
    'base_model: "b license: none"',
    'tags: [self-rewarding, dpo]',
  ])
  expect(card).toContain('| M1 --- | M0 \\| x | - | d |')
})
