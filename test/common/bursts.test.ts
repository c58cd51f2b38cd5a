import { describe, expect, it } from 'vitest'
import { asyncQueue } from '../../main/common/async-queue.ts'
import { bursts } from '../../main/common/bursts.ts'

async function groupsOf<Item>(items: AsyncIterable<Item> | Iterable<Item>, most: number): Promise<Item[][]> {
  const groups: Item[][] = []
  for await (const group of bursts(items, most)) groups.push(group)
  return groups
}

describe('bursts', () => {
  it('group what arrives together, up to a number', async () => {
    expect(await groupsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(await groupsOf([], 2)).toEqual([])
  })

  it('wait for nothing: what arrives later is in another group', async () => {
    const queue = asyncQueue<number>()
    const groups = bursts(queue, 100)
    queue.push([1, 2])
    expect((await groups.next()).value).toEqual([1, 2])
    const later = groups.next()
    queue.push([3])
    expect((await later).value).toEqual([3])
    queue.end()
    expect((await groups.next()).done).toBe(true)
  })

  it('give what came before an error, and then throw it', async () => {
    const queue = asyncQueue<number>()
    queue.push([1, 2])
    queue.fail(new Error('gone'))
    const groups = bursts(queue, 100)
    expect((await groups.next()).value).toEqual([1, 2])
    await expect(groups.next()).rejects.toThrow('gone')
  })

  it('end their source when they are left early', async () => {
    let ended = false
    async function* source(): AsyncGenerator<number> {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        ended = true
      }
    }
    for await (const group of bursts(source(), 3)) if (group[0] > 5) break
    expect(ended).toBe(true)
  })
})
