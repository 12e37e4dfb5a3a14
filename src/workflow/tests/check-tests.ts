import { didYouMean } from '../../core/did-you-mean.ts'
import type { Problem } from '../../core/yaml.ts'
import { mergeIncluded } from '../included-inputs.ts'
import { byPlace, onceEach } from '../templates/problems.ts'
import { checkTemplate } from '../templates/check-template.ts'
import { Library } from '../templates/library.ts'
import { findPackages, type PackageFolder, sourcesOf, type WorkflowPackages } from '../templates/package-sources.ts'
import { mainOf, workflowNames } from '../templates/workflow-file.ts'
import { dependencyProblems, inputsInFolder } from '../values/dependency-inputs.ts'
import { Assertions } from './assertions.ts'
import { problemIn, type ReadTests, readTests, valuesOf } from './test-file.ts'

/**
 * Checks a package's tests without running them: their shape, the workflows they name, and whether the values of
 * cases fit the inputs. A case that expects an error may have any values.
 * @param packages the folder of installed packages
 */
export function checkTests(folder: PackageFolder, packages?: string): Problem[] {
  const { tests, problems } = readTests(folder.root)
  const names = workflowNames(folder.root)
  const found = tests.flatMap((test) => [
    ...workflowProblems(test, names),
    ...assertionProblems(test),
    ...valueProblems(test, folder, packages),
  ])
  return [...problems, ...found].sort(byPlace)
}

function workflowProblems({ yaml, workflow }: ReadTests, names: readonly string[]): Problem[] {
  if (mainOf(names, workflow) !== undefined) return []
  const list = names.length > 0 ? `; it has ${names.join(', ')}` : ''
  if (workflow === undefined)
    return [problemIn(yaml, [], `workflow is missing, and the package has no main.yaml${list}`)]
  const known = names.map((name) => name.replace(/\.\w+$/, ''))
  return [problemIn(yaml, ['workflow'], `the package has no workflow ${workflow}${didYouMean(workflow, known)}${list}`)]
}

function assertionProblems({ yaml, cases }: ReadTests): Problem[] {
  const assertions = new Assertions()
  return cases.flatMap(({ assert }, index) =>
    assert.flatMap((assertion, i) =>
      assertions.problems(assertion).map((message) => problemIn(yaml, ['cases', index, 'assert', i], message)),
    ),
  )
}

function valueProblems(test: ReadTests, folder: PackageFolder, packages: string | undefined): Problem[] {
  const found = findPackages(folder, packages)
  const find = inputsInFolder(packages)
  const certain = certainOf(test, folder, found)
  return test.cases.flatMap(({ error }, index) => {
    if (error !== undefined) return []
    const merged = [...mergeIncluded(found, valuesOf(test, index)).values()]
    const [own] = merged
    const wrong = [...merged.flatMap(({ problems }) => problems), ...(own ? dependencyProblems(own, find) : [])]
    // Problems in other files affect every case and are reported for those files.
    const inFile = wrong.filter(({ file }) => file === test.file)
    const needed = merged.filter(
      ({ overrides }) => overrides.prefix.length === 0 || certain.has(String(overrides.prefix.at(-1))),
    )
    const missing = needed.flatMap(({ missing }) => missing).map(({ problem }) => problem)
    const placed = [...inFile, ...missing].map(({ file, line = 1, column = 1, message }) =>
      file === test.file ? { file, line, column, message } : problemIn(test.yaml, ['cases', index], message),
    )
    return onceEach(placed)
  })
}

/**
 * Returns the packages that a test's workflow includes for any values. The others are known only when the test runs.
 */
function certainOf(
  { workflow }: ReadTests,
  { root, manifest }: PackageFolder,
  found: WorkflowPackages,
): ReadonlySet<string> {
  const library = new Library(sourcesOf(found))
  const name = mainOf(workflowNames(root), workflow)
  const file = name === undefined ? undefined : library.file(name, manifest.name).found
  return file ? checkTemplate(library, file).certain : new Set()
}
