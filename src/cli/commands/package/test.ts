import path from 'node:path'
import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { problemsError } from '../../../core/yaml.ts'
import { projectOfFolder } from '../../../installer/project.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestBytes, requireManifest } from '../../../package/manifest.ts'
import { checkTemplates } from '../../../workflow/templates/check-templates.ts'
import { type GeneratedResult, runTests, type TestReport, type TestResult } from '../../../workflow/tests/run-tests.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { count } from '../../../core/amounts.ts'
import { type Style, styleFor } from '../../terminal/style.ts'

const MAX_ROUNDS = 1000

export default defineCommand({
  name: 'test',
  summary: 'Run the tests of a package’s workflows',
  input: z.object({
    dir: z.string().default('.').describe('the folder of the package'),
    update: z.boolean().default(false).describe('write snapshots as they are now'),
    seed: z.coerce.number().int().min(0).max(1_000_000).default(1).meta({ description: 'which values are made from the declared inputs', value: 'number' }), // prettier-ignore
    rounds: z.coerce.number().int().min(0).max(MAX_ROUNDS).default(20).meta({ description: 'how many of them', value: 'number' }), // prettier-ignore
  }),
  positionals: ['dir'],
  examples: [
    ['Test the package in this folder', 'cpm test'],
    ['Take over what changed on purpose', 'cpm test --update'],
  ],
  run: async ({ cwd, pool, signal }, { dir, update, seed, rounds }) => {
    const root = path.resolve(cwd, dir)
    const file = path.join(path.relative(cwd, root), MANIFEST_FILE)
    const checked = checkPackageManifest(file, readManifestBytes(root), { unknownKeys: 'refuse' })
    const { manifest } = requireManifest(checked)
    const { packages } = projectOfFolder(root, cwd)
    const wrong = checkTemplates(root, manifest, packages)
    if (wrong.length > 0) throw problemsError('WORKFLOW_INVALID', 'the templates have errors:', wrong, 'cpm validate')
    const report = await runTests({ pool, root, manifest, packages, update, seed, rounds, signal })
    if ('problems' in report) throw problemsError('TESTS_FAILED', 'the tests can’t be read:', report.problems)
    const failed = failuresIn(report)
    if (failed === 0) return report
    throw new CpmError(
      'TESTS_FAILED',
      [`${count(failed, 'test')} failed:`, ...lines(report, styleFor(false))].join('\n'),
      {
        details: { ...report },
      },
    )
  },
  views: {
    human: (report, style) => {
      const total = report.tests.length + report.generated.length
      return [...lines(report, style), `${style('green', 'passed:')} ${count(total, 'test')}`].join('\n')
    },
  },
})

function failuresIn({ tests, generated }: TestReport): number {
  return tests.filter(({ failures }) => failures.length > 0).length + generated.filter(({ failure }) => failure).length
}

function lines({ tests, generated }: TestReport, style: Style): string[] {
  return [...tests.flatMap((test) => testLines(test, style)), ...generated.flatMap((made) => madeLines(made, style))]
}

function testLines({ file, name, failures, snapshot }: TestResult, style: Style): string[] {
  const note = snapshot === 'written' ? style('dim', ' (snapshot written)') : ''
  if (failures.length === 0) return [`${style('green', '✓')} ${file} ${name}${note}`]
  return [`${style('red', '✗')} ${file} ${name}`, ...failures.flatMap(indented)]
}

function madeLines({ workflow, seed, rounds, failure }: GeneratedResult, style: Style): string[] {
  const what = `workflows/${workflow} with ${count(rounds, 'set')} of generated values (seed ${seed})`
  if (!failure) return [`${style('green', '✓')} ${what}`]
  const values = printable(JSON.stringify(failure.values))
  return [`${style('red', '✗')} ${what}`, ...indented(`with ${values}`), ...indented(failure.message)]
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`)
}
