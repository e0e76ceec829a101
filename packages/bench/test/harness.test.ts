import { describe, expect, it } from 'vitest'
import { interleave } from '../src/harness.ts'

const plan = { rounds: 3, samples: 4, warmUp: 2 }

describe('interleave()', () => {
  it('returns the samples of each subject by round and part, without the warm-up', async () => {
    let taken = 0
    const counting = { name: 'counting', sample: () => ({ a: taken++, b: -1 }) }
    const constant = { name: 'constant', sample: async () => ({ a: 7, b: 8 }) }
    const samples = await interleave([counting, constant], plan)
    expect(samples('counting', 'a')).toEqual([
      [2, 3, 4, 5],
      [6, 7, 8, 9],
      [10, 11, 12, 13],
    ])
    expect(samples('constant', 'b')).toEqual(Array.from({ length: 3 }, () => [8, 8, 8, 8]))
  })

  it('alternates the subjects, and begins with another one each time', async () => {
    const order: string[] = []
    const subject = (name: string) => ({ name, sample: () => ({ time: order.push(name) }) })
    await interleave([subject('a'), subject('b')], { rounds: 1, samples: 3, warmUp: 0 })
    expect(order.join('')).toBe('abbaab')
  })

  it('rejects with the error of a subject that fails', async () => {
    const failing = { name: 'failing', sample: () => Promise.reject<{ time: number }>(new Error('refused')) }
    await expect(interleave([failing], plan)).rejects.toThrow('refused')
  })
})
