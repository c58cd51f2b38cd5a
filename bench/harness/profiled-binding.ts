import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { NativeBinding, RawTensor } from '../../main/engine/backends/binding-types.ts'
import type { Profiler } from './profiler.ts'

/**
 * Put a profiler between Laurel and the native binding. The binding's own properties can't be changed, so this replaces the
 * module that later `require`s of the same file return. Call it before the backend starts and with TensorFlow's variables
 * set, because the library reads them when it loads.
 */
export function profileBinding(folder: string, profile: Profiler, withShapes: boolean): void {
  const require = createRequire(import.meta.url)
  const path = require.resolve(join(folder, 'tfjs_binding.node'))
  const binding = require(path) as NativeBinding
  const { executeOp, createTensor, tensorDataSync, deleteTensor } = binding
  const named = (name: string) => () => name
  const watched: Partial<NativeBinding> = {
    executeOp: (name, attributes, inputs, outputs) =>
      profile.count(
        (results) => (withShapes ? `${name} ${shapesOf(results)}` : name),
        () => executeOp(name, attributes, inputs, outputs),
      ),
    createTensor: (...args) => profile.count(named('(upload)'), () => createTensor(...args)),
    tensorDataSync: (...args) => profile.count(named('(download)'), () => tensorDataSync(...args)),
    deleteTensor: (...args) => profile.count(named('(free)'), () => deleteTensor(...args)),
  }
  const properties = Object.fromEntries(Object.entries(watched).map(([name, value]) => [name, { value, enumerable: true }]))
  require.cache[path]!.exports = Object.create(binding, properties)
}

const shapesOf = (results: readonly RawTensor[]): string => results.map(({ shape }) => `[${shape.join(',')}]`).join('')
