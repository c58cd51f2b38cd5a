/** Many lists of numbers, in eight bytes a number: an iteration can have millions of rewards. */
export interface NumberLists extends Iterable<Float64Array> {
  add(list: readonly number[]): void
  /** The numbers of all lists in a row. */
  all(): Float64Array
}

/** An empty collection of lists. Each list that is read is a view, valid until another one is added. */
export function numberLists(): NumberLists {
  const numbers = growing(Float64Array)
  const ends = growing(Uint32Array)
  return {
    add(list) {
      for (const value of list) numbers.push(value)
      ends.push(numbers.length())
    },
    all: numbers.view,
    *[Symbol.iterator]() {
      const values = numbers.view()
      let from = 0
      for (const to of ends.view()) {
        yield values.subarray(from, to)
        from = to
      }
    },
  }
}

/** A typed array that doubles its capacity when it is full. */
function growing<Numbers extends Float64Array | Uint32Array>(Numbers: new (length: number) => Numbers) {
  let values = new Numbers(1024)
  let length = 0
  return {
    push(value: number): void {
      if (length === values.length) {
        const larger = new Numbers(2 * length)
        larger.set(values)
        values = larger
      }
      values[length++] = value
    },
    length: () => length,
    view: () => values.subarray(0, length) as Numbers,
  }
}

/** Tells of numbers, one by one in their order, whether each is among the `count` largest; of equal ones, the first are. */
export function amongLargest(numbers: Iterable<number>, count: number): (value: number) => boolean {
  const sorted = Float64Array.from(numbers).sort()
  if (count >= sorted.length) return () => true
  const least = sorted[sorted.length - count]
  let room = count - sorted.reduce((larger, value) => larger + Number(value > least), 0)
  return (value) => value > least || (value === least && room-- > 0)
}
