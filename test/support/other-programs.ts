import { spawnSync } from 'node:child_process'
import type { Need } from './needs.ts'
import { repositoryFile } from './shared.ts'

const python = process.env.LAUREL_PYTHON

/** A Python with transformers, PEFT, and llama.cpp's binding, to read what Laurel exports. */
export const otherPrograms: Need = {
  isMet: Boolean(python) && spawnSync(python as string, ['-c', 'import torch, transformers, peft, llama_cpp']).status === 0,
  reason: 'no transformers, PEFT, and llama.cpp (set LAUREL_PYTHON to a Python with torch, transformers, peft, and llama-cpp-python)',
}

/** A Python with llama.cpp's binding alone. */
export const llamaCpp: Need = {
  isMet: Boolean(python) && spawnSync(python as string, ['-c', 'import numpy, llama_cpp']).status === 0,
  reason: 'no llama.cpp (set LAUREL_PYTHON to a Python with llama-cpp-python)',
}

type Question =
  | readonly [kind: 'transformers' | 'peft' | 'llama.cpp', path: string, ids: readonly number[]]
  | readonly [kind: 'tokens llama.cpp' | 'tokens transformers', path: string, text: string]

/** What another program computes: the log-probability of each token but the first, or a text's token ids. */
export function askOthers(questions: readonly Question[]): number[][] {
  const asked = spawnSync(python as string, [repositoryFile('test/parity/read-exports.py')], {
    input: JSON.stringify(questions),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, CUDA_VISIBLE_DEVICES: '', HF_HUB_OFFLINE: '1' },
  })
  if (asked.status !== 0) throw new Error(asked.stderr)
  return JSON.parse(asked.stdout.trim().split('\n').at(-1) as string) as number[][]
}
