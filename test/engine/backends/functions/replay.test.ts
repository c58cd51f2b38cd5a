import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NativeBinding } from '../../../../main/engine/backends/binding-types.ts'
import { constant } from '../../../../main/engine/backends/constant.ts'
import {
  forgetFunctions,
  functionsKept,
  type ReplayMode,
  replay,
  replayMode,
  setReplayMode,
} from '../../../../main/engine/backends/functions/replay.ts'
import { matMul, type Operand, operand, widen } from '../../../../main/engine/backends/operand.ts'
import { handleOf, INT32, run, typeAttribute, wrapAs } from '../../../../main/engine/backends/raw-ops.ts'
import { useNativeBackend } from '../../../support/native.ts'
import { functionLibrary, needing } from '../../../support/needs.ts'
import { expectNoLeak, expectSame, normal, normalOperand, precisions, valuesOf } from '../../kernels/comparison.ts'

process.env.LAUREL_KERNELS = 'none' // a GPU has only the plain formulas

needing(functionLibrary).describe('replaying recorded work', () => {
  let binding: NativeBinding
  beforeAll(async () => {
    await useNativeBackend()
    binding = (tf.backend() as unknown as { binding: NativeBinding }).binding
  })
  beforeEach(() => setReplayMode('function'))

  /** The binding with some of its functions replaced. */
  function withBinding(replaced: Partial<NativeBinding>, body: () => void): void {
    const backend = tf.backend() as unknown as { binding: NativeBinding }
    backend.binding = Object.create(binding, Object.fromEntries(Object.entries(replaced).map(([name, value]) => [name, { value }])))
    try {
      body()
    } finally {
      backend.binding = binding
    }
  }

  const inMode = <T>(mode: ReplayMode, work: () => T): T => {
    setReplayMode(mode)
    return work()
  }

  /** Something of everything: products, numbers, arrays, several outputs of an operation, and reductions. */
  const work = (x: Operand, w: Operand) => {
    const y = matMul(x, w, { transposeB: true })
    const [left, right] = tf.split(tf.mul(y, constant(0.37)), 2, 1)
    const gated = tf.mul(tf.sigmoid(left), tf.add(right, tf.tensor1d([1, 2, 3])))
    return {
      gated: operand(gated, x.precision),
      norm: tf.rsqrt(tf.add(tf.mean(tf.square(gated), -1, true), constant(1e-5))),
      names: ['a', null],
    }
  }

  test.each(precisions)('gives the bits of its operations in %s, also for values that it was not recorded with', (precision) => {
    expectNoLeak(() => {
      const w = normalOperand([6, 4], 1, precision)
      for (const seed of [2, 3, 4]) {
        const x = normalOperand([5, 4], seed, precision)
        const expected = inMode('none', () => work(x, w))
        setReplayMode('function')
        for (let call = 0; call < 2; call++) {
          const found = replay('work', [x, w], () => work(x, w))
          expectSame(found.gated, expected.gated)
          expectSame(found.norm, expected.norm)
          expect(found.names).toEqual(['a', null])
        }
      }
    })
  })

  test('runs the work once for each shape, and one operation after that', () => {
    const names: string[] = []
    const runsOf = (rows: number): number => {
      let times = 0
      const x = normal([rows, 3], rows)
      replay('double', [x], () => {
        times++
        return tf.mul(x, 2)
      })
      return times
    }
    expect([runsOf(2), runsOf(3), runsOf(2), runsOf(3)]).toEqual([1, 1, 0, 0])
    const executeOp: NativeBinding['executeOp'] = (...call) => {
      names.push(call[0])
      return binding.executeOp(...call)
    }
    withBinding({ executeOp }, () => runsOf(2))
    expect(names).toEqual([expect.stringMatching(/^laurel_\d+$/)])
  })

  test('fails on a tensor, or an array, from outside that is not declared', () => {
    const [x, computed] = [normal([2], 1), tf.neg(normal([2], 2))]
    const array = tf.tensor1d([1, 2]) // not yet in the library
    expect(() => replay('tensor', [x], () => tf.add(x, computed))).toThrow("isn't one of its inputs")
    expect(() => replay('array', [x], () => tf.add(x, array))).toThrow("isn't one of its inputs")
    expect(() => replay('copy', [x], () => tf.add(x, array.clone()))).toThrow("isn't one of its inputs")
    expect([...valuesOf(tf.add(x, array))]).toHaveLength(2) // and leaves the backend as it was
    expect(functionsKept()).toBe(0)
  })

  test('gives operations the types and numbers that tfjs leaves to TensorFlow', () => {
    for (const seed of [1, 2]) {
      const x = normal([4], seed)
      const work = () => {
        const isSmall = tf.logicalAnd(tf.greater(x, constant(-0.5)), tf.logicalNot(tf.greater(x, constant(0.5))))
        return tf.cumsum(tf.tile(tf.mul(tf.expandDims(x, 0), tf.cast(isSmall, 'float32')), [2, 1]), 1)
      }
      expectSame(replay('untyped', [x], work), inMode('none', work))
      setReplayMode('function')
    }
  })

  test('names an operation that it doesn’t know', () => {
    const x = tf.cast(normal([2], 1), 'int32')
    const invert = () => wrapAs(run('Invert', [typeAttribute('T', INT32)], [handleOf(x)]))
    expect(() => replay('unknown', [x], invert)).toThrow("recorded work runs Invert, which op-definitions.ts doesn't have")
  })

  test('leaves out what the result does not need', () => {
    const added: Uint8Array[] = []
    const addFunction = (bytes: Uint8Array): void => {
      added.push(bytes)
      binding.addFunction?.(bytes)
    }
    withBinding({ addFunction }, () => {
      const x = normal([2], 1)
      const found = replay('dead', [x], () => {
        tf.softplus(tf.exp(x))
        return tf.sqrt(tf.square(x))
      })
      expectSame(found, tf.abs(x))
    })
    const text = Buffer.concat(added).toString('latin1')
    expect(text).toContain('Sqrt')
    expect(text).not.toContain('Softplus')
    expect(text).not.toContain('Exp')
  })

  test('returns an input as the same tensor, and what was one tensor as one', () => {
    const replayed = (x: Tensor) =>
      replay('same', [x], () => {
        const y = tf.neg(x)
        return { x, copy: widen({ tensor: x, precision: 'float32' }), y, again: y, yCopy: y.clone() }
      })
    for (const seed of [1, 2]) {
      const x = normal([3], seed)
      const { copy, y, again, yCopy, ...rest } = replayed(x)
      expect(rest.x).toBe(x)
      expect(again).toBe(y)
      expect(copy).not.toBe(x)
      y.dispose()
      x.dispose()
      expectSame(tf.neg(yCopy), copy) // copies share values, and outlive what they were made of
    }
  })

  test('is recorded again for inputs of which two are the same', () => {
    const add = (a: Tensor, b: Tensor) => replay('add', [a, b], () => tf.add(a, b))
    const [a, b] = [normal([3], 1), normal([3], 2)]
    expectSame(add(a, a), tf.mul(a, 2))
    expectSame(add(a, b), tf.add(a, b))
    expectSame(add(b, b), tf.mul(b, 2))
  })

  test('keeps the constants of formulas from before, and a bool and an int32 array from inside', () => {
    const third = constant(1 / 3)
    tf.mul(normal([2], 9), third) // now in the library
    for (const seed of [1, 2]) {
      const x = normal([4], seed)
      const chosen = replay('arrays', [x], () =>
        tf.mul(tf.gather(tf.where(tf.tensor1d([true, false, true, true], 'bool'), x, tf.neg(x)), tf.tensor1d([3, 1], 'int32')), third),
      )
      const values = valuesOf(x)
      expectSame(chosen, tf.mul(tf.tensor1d([values[3], -values[1]]), third))
    }
  })

  test('within other recorded work is part of that', () => {
    const x = normal([2], 1)
    const found = replay('outer', [x], () => tf.neg(replay('inner', [x], () => tf.square(x))))
    expectSame(found, tf.neg(tf.square(x)))
    expect(functionsKept()).toBe(1)
  })

  test('keeps the 64 functions that were used last', () => {
    const x = normal([2], 1)
    let runs = 0
    const use = (key: number) =>
      replay(`number ${key}`, [x], () => {
        runs++
        return tf.mul(x, key)
      })
    for (let key = 0; key < 64; key++) use(key)
    use(0)
    use(64) // in place of 1
    expect([functionsKept(), runs]).toEqual([64, 65])
    use(0)
    expect(runs).toBe(65)
    expectSame(use(1), x)
    expect(runs).toBe(66)
    forgetFunctions()
    expect(functionsKept()).toBe(0)
  })

  describe('is off', () => {
    test('in the mode none: the work itself runs', () => {
      setReplayMode('none')
      const x = normal([2], 1)
      replay('off', [x], () => tf.neg(x))
      expect(functionsKept()).toBe(0)
    })

    test('for a binding that cannot register functions, as in older packs: the work itself runs', () => {
      withBinding({ addFunction: undefined }, () => {
        expect(replayMode()).toBe('none')
        const x = normal([2], 1)
        expectSame(
          replay('old', [x], () => tf.neg(x)),
          tf.neg(x),
        )
      })
      expect(functionsKept()).toBe(0)
    })
  })
})
