import { didYouMean } from '../../core/did-you-mean.ts'
import type { Problem } from '../../core/yaml.ts'
import type { InputDeclaration } from '../../schema/input.ts'
import { Expressions } from '../../expressions/expressions.ts'
import { Scope, type ScopeValues } from './scope.ts'
import { shapeOfInputs } from '../values/shape.ts'
import { readTemplate } from './template.ts'
import type { TemplateNode } from './template-node.ts'
import { mainOf, type WorkflowFile } from './workflow-file.ts'

/** What the templates of a package need, as plain data, which is sent to a worker. */
export interface TemplateSource {
  readonly name: string
  readonly inputs: readonly InputDeclaration[]
  /** the packages it may include from */
  readonly dependencies: readonly string[]
  readonly files: readonly WorkflowFile[]
  /** the values that its expressions see; undefined if templates are only checked */
  readonly values: ScopeValues | undefined
}

/** A package as its own templates see it: its expressions, and the values they read. */
export interface PackageScope {
  readonly source: TemplateSource
  readonly expressions: Expressions
  readonly values: ReadonlyMap<string, unknown>
}

/** A file that was read as a template, with its package. */
export interface TemplateFile {
  readonly file: string
  readonly isPartial: boolean
  readonly scope: PackageScope
  readonly template: TemplateNode
}

export type Found =
  | { readonly found: TemplateFile; readonly problems: readonly [] }
  | { readonly found: undefined; readonly problems: readonly Problem[]; readonly message?: string }

const NOT_INSTALLED = 'is not installed: run cpm install'

/** Whether the problem is only that an included package is not installed. */
export function isNotInstalled({ message }: Pick<Problem, 'message'>): boolean {
  return message.endsWith(NOT_INSTALLED)
}

/** The templates of a package and of the packages it includes from. Each file is read once. */
export class Library {
  readonly #scopes: ReadonlyMap<string, PackageScope>
  readonly #read = new Map<WorkflowFile, Found>()

  constructor(packages: readonly TemplateSource[]) {
    this.#scopes = new Map(packages.map((source) => [source.name, scopeOf(source)]))
  }

  /** Opens a file of a package by its name in workflows/. */
  file(name: string, packageName: string): Found {
    const scope = this.#scopes.get(packageName)
    const file = scope?.source.files.find((entry) => entry.name === name)
    if (scope && file) return this.#open(file, scope)
    return { found: undefined, problems: [], message: `the package ${packageName} has no workflows/${name}` }
  }

  /** Opens what `$include` names in a package: one of its own partials, or a file of a dependency. */
  include(target: string, { source }: PackageScope): Found {
    if (target.startsWith('_')) return this.#partial(target, source.name, '')
    const [name = '', wanted] = target.split(':')
    const fail = (message: string): Found => ({ found: undefined, problems: [], message })
    if (!source.dependencies.includes(name))
      return fail(`${name} is not a dependency${didYouMean(name, source.dependencies)}`)
    const dependency = this.#scopes.get(name)
    if (!dependency) return fail(`${name} ${NOT_INSTALLED}`)
    if (wanted?.startsWith('_')) return this.#partial(wanted, name, `${name}:`)
    const workflows = dependency.source.files.filter((file) => !file.name.startsWith('_')).map((file) => file.name)
    const chosen = mainOf(workflows, wanted)
    if (chosen !== undefined) return this.file(chosen, name)
    const list = workflows.length > 0 ? `; it has ${workflows.join(', ')}` : ''
    return fail(`${name} has no workflow${wanted === undefined ? ' to include' : ` ${wanted}`}${list}`)
  }

  #partial(name: string, packageName: string, prefix: string): Found {
    const partials = (this.#scopes.get(packageName)?.source.files ?? []).filter((file) => file.name.startsWith('_'))
    if (partials.some((file) => file.name === name)) return this.file(name, packageName)
    const known = partials.map((file) => `${prefix}${file.name}`)
    const message = `there is no partial ${prefix}${name} in workflows/${didYouMean(`${prefix}${name}`, known)}`
    return { found: undefined, problems: [], message }
  }

  #open(file: WorkflowFile, scope: PackageScope): Found {
    const before = this.#read.get(file)
    if (before) return before
    const { template, problems } = readTemplate(file)
    const isPartial = file.name.startsWith('_')
    const opened: Found = template
      ? { found: { file: file.file, isPartial, scope, template }, problems: [] }
      : { found: undefined, problems }
    this.#read.set(file, opened)
    return opened
  }
}

function scopeOf(source: TemplateSource): PackageScope {
  const scope = new Scope(shapeOfInputs(source.inputs).root, source.dependencies)
  const expressions = new Expressions(scope.types)
  return { source, expressions, values: source.values ? scope.bind(source.values) : new Map() }
}
