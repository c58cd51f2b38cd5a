import { expect, test } from 'vitest'
import { pythonLiteral } from '../../main/data/sources/python-literal.ts'

test.each([
  [`[{'role': 'user', 'content': "it's"}, {'role': 'assistant', 'content': 'a "b"\\n\\\\c'}]`, turns(`it's`, 'a "b"\n\\c')],
  [`[{'role': 'user', 'content': 'a'}\n {'role': 'assistant', 'content': 'b'}]`, turns('a', 'b')],
  [`array([{'role': 'user', 'content': 'a'}, {'role': 'assistant', 'content': 'b'}], dtype=object)`, turns('a', 'b')],
  [`['x' "y"]`, ['x', 'y']],
  [`[ True False]`, [true, false]],
  [`(1, -2.5, 1e3,)`, [1, -2.5, 1000]],
  [`{'a': None, 'b': nan, 'c': []}`, { a: null, b: null, c: [] }],
  [`'\\xe9\\u2028\\U0001F680\\q'`, 'é\u2028🚀\\q'],
])('%s', (text, value) => {
  expect(pythonLiteral(text)).toEqual(value)
})

test.each(['', '[', '[1', `{'a' 1}`, `{'a': 1 'b': 2}`, '{1: 2}', 'open(1)', '[1] 2', 'Nonesuch', `'a`, '['.repeat(1000)])(
  '%j is none',
  (text) => {
    expect(() => pythonLiteral(text)).toThrow(SyntaxError)
  },
)

function turns(user: string, assistant: string) {
  return [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ]
}
