import type { InputDeclaration } from '../../../src/schema/input.ts'
import type { OutputLimits } from '../../../src/workflow/templates/result.ts'
import type { Values } from '../../../src/workflow/values/fit-value.ts'
import { checkTemplate } from '../../../src/workflow/templates/check-template.ts'
import { Reads } from '../../../src/workflow/templates/evaluation.ts'
import { Library, type TemplateSource } from '../../../src/workflow/templates/library.ts'
import { renderTemplate } from '../../../src/workflow/templates/render.ts'
import { dataOf, type RenderedNode } from '../../../src/workflow/templates/rendered.ts'
import { problemText } from '../../../src/core/problem.ts'
import type { Problem } from '../../../src/core/yaml.ts'

/** Packages in memory; the main.yaml of the first one is rendered. */
export interface MemoryPackage {
  name?: string
  inputs?: InputDeclaration[]
  dependencies?: string[]
  files: Record<string, string>
  values?: Values
}

interface HarnessOptions {
  limits?: OutputLimits
  maxSteps?: number
  /** stop before rendering with values */
  checkOnly?: boolean
}

export interface Outcome {
  readonly root: RenderedNode | undefined
  readonly sample: RenderedNode | undefined
  readonly problems: readonly Problem[]
}

/** Checks main.yaml, and renders it if there are no problems. */
export function render(
  packages: readonly MemoryPackage[],
  { limits, maxSteps, checkOnly = false }: HarnessOptions = {},
): Outcome {
  const library = new Library(packages.map(sourceOf))
  const { found: file, problems: unreadable } = library.file('main.yaml', packages[0]?.name ?? 'p')
  if (!file) return { root: undefined, sample: undefined, problems: unreadable }
  const reads = new Reads()
  const { problems, sample } = checkTemplate(library, file, reads)
  if (checkOnly || problems.length > 0) return { root: undefined, sample, problems }
  const rendered = renderTemplate(library, file, {
    reads,
    ...(limits && { limits }),
    ...(maxSteps !== undefined && { maxSteps }),
  })
  return { sample, ...rendered }
}

function sourceOf(
  { name = 'p', inputs = [], dependencies = [], files, values = {} }: MemoryPackage,
  i: number,
): TemplateSource {
  const prefix = i === 0 ? '' : `${name}/workflows/`
  return {
    name,
    inputs,
    dependencies,
    files: Object.entries(files).map(([file, text]) => ({ name: file, file: `${prefix}${file}`, text })),
    values: { inputs: values, pkg: { name, version: '1.0.0' }, release: { id: 'r' } },
  }
}

export function linesOf(problems: readonly Problem[]): string[] {
  return problems.map(problemText)
}

/** Returns the rendered document as plain data, with the prototypes of literals. */
export function plainOf(root: RenderedNode | undefined): unknown {
  return root && (JSON.parse(JSON.stringify(dataOf(root))) as unknown)
}
