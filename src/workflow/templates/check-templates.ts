import type { PackageManifest } from '../../schema/manifest.ts'
import type { Problem } from '../../core/yaml.ts'
import { checkTemplate } from './check-template.ts'
import { checkSample } from '../specs/checks.ts'
import { Expressions } from '../expressions/expressions.ts'
import { readPackageInputs } from '../values/package-inputs.ts'
import { readTemplate } from './template.ts'
import { readWorkflow, workflowNames } from './workflow-file.ts'

/**
 * Everything that can be told of a package's inputs and workflows before anybody gives values: for `cpm validate`.
 * @param root the package's folder; files are named from there
 */
export function checkTemplates(root: string, manifest: Pick<PackageManifest, 'inputs' | 'dependencies'>): Problem[] {
  const { shape, problems } = readPackageInputs(root, manifest)
  return [
    ...problems,
    ...workflowNames(root).flatMap((name) => {
      const workflow = readWorkflow(root, name)
      const { template, problems } = readTemplate(workflow)
      if (!template) return problems
      const { problems: wrong, sample } = checkTemplate(workflow.file, template, new Expressions(shape))
      return [...wrong, ...checkSample(workflow.file, sample)]
    }),
  ]
}
