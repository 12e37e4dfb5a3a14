import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { chooseWorkflow, workflowNames } from '../../../src/workflow/templates/workflow-file.ts'
import { errorOf, TemporaryFolder } from '../rig.ts'

function choose(names: string[], wanted?: string): string {
  using folder = new TemporaryFolder()
  folder.write(Object.fromEntries(names.map((name) => [`workflows/${name}`, ''])))
  return chooseWorkflow(folder.path, wanted)
}

test.each([
  [['main.yaml', 'other.yaml'], undefined, 'main.yaml'],
  [['only.json', '_part.yaml', 'README.md'], undefined, 'only.json'],
  [['a.yaml', 'b.yml'], 'b', 'b.yml'],
  [['a.yaml', 'a.yml'], 'a.yml', 'a.yml'],
])('from %j with %s wanted, chooses %s', (names, wanted, chosen) => {
  expect(choose(names, wanted)).toBe(chosen)
})

test.each([
  [['a.yaml', 'b.yml'], undefined, 'the package has several workflows and no main.yaml: a.yaml, b.yml'],
  [
    ['main.yaml', 'nightly.yaml'],
    'nihgtly',
    'the package has no workflow nihgtly; did you mean nightly?; it has main.yaml, nightly.yaml',
  ],
  [['a.yaml', 'a.yml'], 'a', 'several workflows are named a: a.yaml, a.yml'],
  [['_part.yaml'], undefined, 'the package has no workflow in'],
  [['main.yaml', '_part.yaml'], '_part', 'the package has no workflow _part'],
  [['main.yaml'], '../colony', 'the package has no workflow ../colony'],
])('from %j with %s wanted, fails and lists the workflows', async (names, wanted, message) => {
  const error = await errorOf(() => choose(names, wanted))
  expect(error.code).toBe('WORKFLOW_INVALID')
  expect(error.message).toContain(message)
})

test('does not follow links out of the package', () => {
  using folder = new TemporaryFolder().write({ 'secret.yaml': 'x', 'workflows/a.yaml': '' })
  fs.symlinkSync(path.join(folder.path, 'secret.yaml'), path.join(folder.path, 'workflows/main.yaml'))
  expect(workflowNames(folder.path)).toEqual(['a.yaml'])
  for (const wanted of [undefined, 'main'])
    expect(() => chooseWorkflow(folder.path, wanted)).toThrow('workflows/main.yaml is not a regular file')
  expect(chooseWorkflow(folder.path, 'a')).toBe('a.yaml')
})
