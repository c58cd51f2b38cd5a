import type { ArchitectureId } from '../../../shared/architectures.ts'
import type { Architecture } from './architecture.ts'
import { gemma3 } from './gemma.ts'
import { llama } from './llama.ts'
import { mistral } from './mistral.ts'
import { qwen2, qwen3 } from './qwen.ts'

/** Every supported decoder. Configurations, tensors, GGUF files, and the model library read what distinguishes them from here. */
export const architectures: Readonly<Record<ArchitectureId, Architecture>> = { llama, mistral, qwen2, qwen3, gemma3_text: gemma3 }

/** The architectures that GGUF files with this `general.architecture` can have; empty if it is unknown. */
const named = (name: string | null): Architecture[] => Object.values(architectures).filter(({ gguf }) => gguf.name === name)

export const isGgufArchitecture = (name: string): boolean => named(name).length > 0

/** The architecture of a GGUF file, by its `general.architecture` and `attention.sliding_window` (0: none). */
export const ggufArchitecture = (name: string | null, window: number): Architecture | undefined =>
  named(name).find(({ gguf }) => gguf.windowed === window > 0)
