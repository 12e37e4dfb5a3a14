import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, the longest first: none of them runs on alone when all others are done. */
const LONGEST = [
  'faults/kill',
  'corpus',
  'faults/bad-registry',
  'cli/cli',
  'server/kill',
  'installer/install',
  'server/upstream',
  'core/yaml',
  'registry/conformance',
  'installer/policy',
  'registry-client/network',
  'server/publishing',
  'registry-client/secrets',
  'registry/tampering',
  'server/limits',
  'cli/submit-colony',
  'resolver/oracle',
  'registry-client/answers',
  'package/hostile-archives',
  'cli/colony',
  'core/locks',
]

/** The order of test files: the known long ones, then as vitest would have it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return place < 0 ? LONGEST.length : place
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
