import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The slowest test files, slowest first, so that none of them is still running when all others are done. */
export const LONGEST = [
  'server/access',
  'cli/cli',
  'installer/install',
  'server/upstream',
  'registry/conformance',
  'installer/policy',
  'registry-client/network',
  'server/publishing',
  'registry-client/secrets',
  'registry/tampering',
  'cli/submit-colony',
  'registry-client/answers',
  'cli/colony',
  'core/locks',
]

/** The same of the sweeps. */
const LONGEST_SWEEPS = ['corpus', 'faults/failures', 'faults/bad-registry', 'faults/crash', 'server/kill']

/** Orders test files: the slow ones first, then the others in vitest's order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const order = [...LONGEST, ...LONGEST_SWEEPS]
      const place = order.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return place < 0 ? order.length : place
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
