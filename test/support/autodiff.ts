import { createRequire } from 'node:module'

/**
 * Registers the gradients of tfjs's operations, for tests that compare with its automatic differentiation. Loaded without its types, which
 * would let all of Laurel call the methods that it adds to tensors.
 */
createRequire(import.meta.url)('@tensorflow/tfjs')
