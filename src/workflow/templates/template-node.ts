import type { Place, Scalar } from './rendered.ts'

/** A template: the tree of its document, with expressions found and not yet computed. */
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
  /** `$merge`: maps below the entries, which win */
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
  /** where the character at an offset of the source stands in the file */
  place(offset: number): Place
}

/** A map with structural keys: what decides how often its body is there, what is known in it, and what its nodes are called. */
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

/** A name of `$let`: its value is a plain one, or what an expression yields. */
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
  /** `$as`: what node names begin with */
  readonly prefix: (TemplateNode & { readonly kind: 'scalar' | 'text' }) | undefined
  /** what the roots of the included nodes wait for */
  readonly dependencies: TemplateNode | undefined
}

/** `{ $all: id }`, `{ $roots: id }` or `{ $leaves: id }` among dependencies */
export interface Reference {
  readonly kind: 'reference'
  readonly which: 'all' | 'roots' | 'leaves'
  readonly id: string
}
