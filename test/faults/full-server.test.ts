import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'
import { Author, publishTo, type Signed } from '../server/author.ts'
import { faultEnv, leftovers, readSteps } from './faulty.ts'
import { isAffected } from './layer.mjs'

describe('G05 a full disk', () => {
  test('at any change of the file system results in 507, and the same package can be published later', async () => {
    await using author = await Author.create()
    const [signed] = (await author.sign('heavy@1.0.0')) as [Signed]
    let first = 0
    let last = 0
    {
      await using counting = await Rig.create()
      const log = counting.path('changes')
      await using counted = await serve(counting, { env: faultEnv(`count:${log}`) })
      const lines = () => readSteps(log).filter(({ kind }) => isAffected('ENOSPC', kind)).length
      first = lines() + 1
      expect((await publishTo(counted, [signed])).status).toBe(201)
      last = lines()
    }
    expect(last - first).toBeGreaterThan(8)
    const step = Math.max(1, Math.floor((last - first) / (process.env.CPM_SWEEP === 'all' ? Infinity : 12)))
    const statuses = new Set<number>()
    for (let k = first; k <= last; k += step) {
      await using full = await Rig.create()
      await using faulty = await serve(full, { env: faultEnv(`ENOSPC:${k}`) })
      const failed = await publishTo(faulty, [signed])
      statuses.add(failed.status)
      expect.soft([201, 507], `at ${k}: ${JSON.stringify(failed.body)}`).toContain(failed.status)
      expect.soft(JSON.stringify(failed.body)).not.toContain(full.root)
      expect.soft((await fetch(`${faulty.url}/readyz`)).status).toBe(200)
      // The steps of two publications differ a little, so the fault may hit the next request instead.
      let again = await publishTo(faulty, [signed])
      if (failed.status === 201 && again.status === 507) again = await publishTo(faulty, [signed])
      expect.soft(again.status, `again after ${k}: ${JSON.stringify(again.body)}`).toBeLessThan(300)
      expect
        .soft(fs.readFileSync(path.join(full.registry, 'index/heavy'), 'utf8').trimEnd().split('\n'))
        .toHaveLength(1)
      // The server completes or removes a failed publication while it runs, not only at its next start.
      expect.soft(leftovers(full.registry), `after ${k}`).toEqual([])
    }
    expect(statuses).toContain(507)
  })
})
