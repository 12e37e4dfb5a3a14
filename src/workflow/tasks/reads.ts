import { defineTask } from '../../core/task.ts'
import { checkTemplate } from '../templates/check-template.ts'
import { Reads } from '../templates/evaluation.ts'
import { Library, type TemplateSource } from '../templates/library.ts'
import type { TemplateExpression } from '../templates/template-node.ts'
import { isPartial } from '../templates/workflow-file.ts'
import { type InputRead, inputsIn } from '../values/input-read.ts'

/** The inputs that the expressions of a package's workflows read: its own, and those of the packages they include. */
export interface PackageReads {
  readonly own: readonly InputRead[]
  readonly included: Readonly<Record<string, readonly InputRead[]>>
}

/** Collects every expression that a check visits. */
class Collected extends Reads {
  readonly expressions = new Set<TemplateExpression>()

  override note(expression: TemplateExpression, reads: readonly string[]): void {
    this.expressions.add(expression)
    super.note(expression, reads)
  }
}

/**
 * Finds what all workflows of the first package read. Their problems are reported when they are checked or rendered.
 */
export default defineTask(
  ({ packages }: { packages: readonly [TemplateSource, ...TemplateSource[]] }): PackageReads => {
    const [main, ...others] = packages
    const library = new Library(packages)
    const reads = new Collected()
    for (const { name } of main.files.filter((file) => !isPartial(file.name))) {
      const { found } = library.file(name, main.name)
      if (found) checkTemplate(library, found, reads)
    }
    const all = [...reads.expressions].flatMap((expression) =>
      inputsIn(expression.source).map(({ path, offset }) => ({ path, ...expression.place(offset) })),
    )
    // The paths of an included package's files begin with its name.
    const ofPackage = (name: string) => all.filter(({ file }) => file.startsWith(`${name}/`))
    const included = others.map(({ name }) => [name, ofPackage(name)] as const)
    const theirs = new Set(included.flatMap(([, reads]) => reads))
    return { own: all.filter((read) => !theirs.has(read)), included: Object.fromEntries(included) }
  },
)
