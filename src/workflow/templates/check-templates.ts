import type { Problem } from '../../core/yaml.ts'
import { checkSample } from '../specs/checks.ts'
import { functionProblems } from '../specs/function-problems.ts'
import { namesakes } from '../specs/namesakes.ts'
import { inputsInFolder, sectionProblems } from '../values/dependency-inputs.ts'
import { readPackageInputs } from '../values/package-inputs.ts'
import { checkTemplate } from './check-template.ts'
import { isNotInstalled, Library } from './library.ts'
import { findPackages, sourcesOf, type WorkflowManifest } from './package-sources.ts'
import { byPlace } from './problems.ts'
import type { RenderedNode } from './rendered.ts'
import { workflowNames } from './workflow-file.ts'

/**
 * Checks everything about a package's inputs and workflows that does not depend on a user's values, for `cpm validate`.
 * @param root the package's folder; file names in problems are relative to it
 * @param packages the folder of installed packages, for templates that include from them
 */
export function checkTemplates(root: string, manifest: WorkflowManifest, packages?: string): Problem[] {
  const declared = readPackageInputs(root, manifest)
  const problems = [...declared.problems, ...sectionProblems(declared, inputsInFolder(packages))]
  const found = findPackages({ root, manifest }, packages)
  const library = new Library(sourcesOf(found))
  const functions = [manifest, ...[...found.included.values()].map((other) => other.manifest)].flatMap(
    (declared) => declared.functions,
  )
  const samples: RenderedNode[] = []
  const inDocuments = workflowNames(root).flatMap((name): readonly Problem[] => {
    const { found: file, problems } = library.file(name, manifest.name)
    if (!file) return problems
    const { problems: wrong, sample } = checkTemplate(library, file)
    if (!sample) return wrong
    samples.push(sample)
    // Without the nodes of a package that is not installed, the document is incomplete and can't be checked.
    return wrong.some(isNotInstalled)
      ? wrong
      : [...wrong, ...checkSample(sample), ...functionProblems(sample, functions)].sort(byPlace)
  })
  return [...problems, ...inDocuments, ...namesakes(samples, { isSample: true })]
}
