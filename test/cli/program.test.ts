import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createProgram } from '../../main/cli/program.ts'
import { repositoryFile } from '../support/shared.ts'

const { commands } = await createProgram()
const names = (all: typeof commands) => all.map((command) => command.name())

test('every command in the README exists, and every command is in the README', () => {
  const table = readFileSync(repositoryFile('README.md'), 'utf8')
  const documented = [...table.matchAll(/`(?:\.\/)?laurel ([a-z-]+)/g)].map(([, name]) => name)
  expect([...new Set(documented)].toSorted()).toEqual(names(commands).toSorted())
})

test.each([
  ['evaluate', ['reward-metrics', 'win-rate', 'rouge-l', 'agreement']],
  ['train', ['sft', 'dpo', 'reward']],
  ['run', ['new', 'start', 'resume', 'stop', 'show', 'list']],
  ['runtime', ['install', 'list']],
])('%s has its subcommands', (name, parts) => {
  expect(names(commands.find((command) => command.name() === name)!.commands)).toEqual(expect.arrayContaining(parts))
})

test('every path on the command line may be pasted in quotes', () => {
  const all = (command: (typeof commands)[number]): typeof commands => [command, ...command.commands.flatMap(all)]
  const options = commands.flatMap(all).flatMap((command) => command.options.filter(({ flags }) => /<(path|file|folder)>/.test(flags)))
  expect(options.length).toBeGreaterThan(15)
  for (const { parseArg } of options) expect(parseArg?.(' "/nowhere/at all"\n', undefined)).toBe('/nowhere/at all')
})

test('a command is loaded alone under its own name', async () => {
  for (const name of names(commands)) expect(names((await createProgram(name)).commands)).toEqual([name])
})
