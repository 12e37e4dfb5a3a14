import type { Place, Scalar } from './rendered.ts'

/** A template: the tree of its document, with unevaluated expressions. */
export type TemplateNode = Place &
  (
    | { readonly kind: 'scalar'; readonly value: Scalar }
    | { readonly kind: 'text'; readonly parts: readonly TemplatePart[] }
    | { readonly kind: 'list'; readonly items: readonly TemplateNode[] }
    | TemplateMap
    | Structure
    | Reference
  )

export interface TemplateMap {
  readonly kind: 'map'
  readonly entries: readonly TemplateEntry[]
  /** `$merge`: maps that the entries override */
  readonly merge?: readonly TemplateNode[]
}

export interface TemplateEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly node: TemplateNode
}

export type TemplatePart = { readonly kind: 'text'; readonly text: string } | TemplateExpression

export interface TemplateExpression {
  readonly kind: 'expression'
  readonly source: string
  /** Returns the place in the file of an offset in the source. */
  place(offset: number): Place
}

/** A map with structural keys. They decide how often its body is made, which variables it sees, and its group. */
export interface Structure {
  readonly kind: 'structure'
  readonly loop: Loop | undefined
  readonly lets: readonly Let[]
  readonly condition: TemplateExpression | undefined
  readonly id: { readonly name: string; readonly place: Place } | undefined
  readonly body: Body
}

/** `$for: x in list` or `$for: x, i in list` */
export interface Loop {
  readonly variable: string
  readonly index: string | undefined
  readonly list: TemplateExpression
  readonly place: Place
}

/** A name in `$let` with its value, which is a scalar or an expression. */
export interface Let {
  readonly name: string
  readonly place: Place
  readonly node: TemplateNode & { readonly kind: 'scalar' | 'text' }
}

export type Body =
  | { readonly kind: 'map'; readonly node: TemplateNode & TemplateMap }
  | { readonly kind: 'do'; readonly items: readonly TemplateNode[]; readonly place: Place }
  | Include

export interface Include {
  readonly kind: 'include'
  readonly target: string
  readonly place: Place
  /** `$as`: the prefix of node names */
  readonly prefix: (TemplateNode & { readonly kind: 'scalar' | 'text' }) | undefined
  /** the dependencies of the roots of the included nodes */
  readonly dependencies: TemplateNode | undefined
}

/** `{ $all: id }`, `{ $roots: id }` or `{ $leaves: id }` in a list of dependencies */
export interface Reference {
  readonly kind: 'reference'
  readonly which: 'all' | 'roots' | 'leaves'
  readonly id: string
}
