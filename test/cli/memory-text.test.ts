import { expect, test } from 'vitest'
import { memoryFigures, memoryText } from '../../main/cli/expected-memory.ts'

const memory = { weights: 0.8e9, optimizer: 1.1e9, gradients: 0.01e9, runtime: 0.45e9, total: 2.36e9 }

test('lists the expected and the available memory, without negligible parts', () => {
  expect(memoryText('memory', memory, 17.26e9, 'buy some')).toBe(
    'memory: about 2.4 GB: weights 0.8, optimizer 1.1, runtime 0.5; this machine has 17.3 GB free\n',
  )
})

test('warns with a remedy if the memory doesn’t fit', () => {
  expect(memoryText('memory', memory, 2.3e9, 'use a smaller model')).toMatch(
    /this machine has 2\.3 GB free\nwarning: this probably won't fit; use a smaller model\n$/,
  )
})

test('the figures for JSON include every part in gigabytes', () => {
  expect(memoryFigures(memory)).toEqual({ weights: 0.8, optimizer: 1.1, gradients: 0.01, runtime: 0.45, total: 2.36 })
})
