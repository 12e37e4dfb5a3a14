import { type Problem, readYaml } from '../core/yaml.ts'
import { readDifferently } from '../core/yaml-readers.ts'
import { readManifestBytes } from '../package/manifest.ts'
import { MANIFEST_FILE } from '../package/manifest-file.ts'
import { checkTemplates } from './templates/check-templates.ts'
import { isNotInstalled } from './templates/library.ts'
import type { WorkflowManifest } from './templates/package-sources.ts'
import { readTemplate } from './templates/template.ts'
import { unreadInputs } from './templates/unread-inputs.ts'
import { readDocuments } from './templates/workflow-file.ts'
import { checkTests } from './tests/check-tests.ts'
import { readTests } from './tests/test-file.ts'
import { readPackageInputs } from './values/package-inputs.ts'
import { readPackageValues } from './values/values-file.ts'

export interface PackageCheck {
  readonly problems: readonly Problem[]
  /** includes of packages that are not installed, which can't be checked */
  readonly uninstalled: readonly Problem[]
  /** things that work but are usually mistakes */
  readonly warnings: readonly Problem[]
}

/**
 * Checks everything about a package's inputs, values, workflows and tests that does not depend on a user's values.
 * @param manifest undefined if it is invalid: then each of the other files is checked only on its own
 * @param packages the folder of installed packages, for templates that include from them
 */
export function checkPackage(root: string, manifest: WorkflowManifest | undefined, packages?: string): PackageCheck {
  if (!manifest) return { problems: problemsOfFiles(root), uninstalled: [], warnings: [] }
  const found = [...checkTemplates(root, manifest, packages), ...checkTests({ root, manifest }, packages)]
  return {
    problems: found.filter((problem) => !isNotInstalled(problem)),
    uninstalled: found.filter(isNotInstalled),
    warnings: [...unreadInputs(readPackageInputs(root, manifest)), ...differences(root)],
  }
}

/** Returns the problems of files that can't be read, whatever the manifest says. */
function problemsOfFiles(root: string): Problem[] {
  return [
    ...readPackageValues(root, '').problems,
    ...readDocuments(root).flatMap((file) => readTemplate(file).problems),
    ...readTests(root).problems,
  ]
}

/** Reports values in the inputs, workflows and tests of a package that other YAML parsers read differently. */
function differences(root: string): Problem[] {
  const { yaml: manifest } = readYaml(MANIFEST_FILE, readManifestBytes(root))
  const documents = [
    readPackageValues(root, '').document?.yaml,
    ...readDocuments(root).map(({ file, text, bytes }) => readYaml(file, bytes ?? text).yaml),
    ...readTests(root).tests.map(({ yaml }) => yaml),
  ]
  return [
    ...(manifest ? readDifferently(manifest, ['inputs']) : []),
    ...documents.flatMap((yaml) => (yaml ? readDifferently(yaml) : [])),
  ]
}
