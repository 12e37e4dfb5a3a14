import ts from 'typescript'

/** One change to a source file that a test should notice. */
export interface Mutant {
  readonly id: number
  readonly file: string
  readonly line: number
  readonly start: number
  readonly end: number
  /** the new text; empty for a statement that is removed */
  readonly replacement: string
  readonly statement: boolean
  /** whether it runs while the module loads, so that it can't be switched on later */
  readonly loading: boolean
}

const OPERATORS = new Map(
  Object.entries({
  '<': '<=', '<=': '<', '>': '>=', '>=': '>', '===': '!==', '!==': '===', '&&': '||', '||': '&&', '+': '-', '-': '+', '*': '/', '%': '*', '&': '|',
  }),
) // prettier-ignore

const METHODS = new Map(
  Object.entries({
  every: 'some', some: 'every', startsWith: 'endsWith', endsWith: 'startsWith', min: 'max', max: 'min', indexOf: 'lastIndexOf', toSorted: 'slice',
  }),
) // prettier-ignore

/** Returns every mutant of a file, in source order. */
export function mutantsOf(file: string, text: string): Omit<Mutant, 'id'>[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true)
  const found: Omit<Mutant, 'id'>[] = []
  const add = (node: ts.Node, replacement: string, statement = false) => {
    const start = node.getStart()
    if (!statement && beginsStatement(node)) return
    const line = source.getLineAndCharacterOfPosition(start).line + 1
    found.push({ file, line, start, end: node.end, replacement, statement, loading: runsAtLoad(node) })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return
    for (const [mutated, replacement] of expressionChanges(node)) add(mutated, replacement)
    if (isRemovable(node)) add(node, '', true)
    // Tests don't cover the wording of messages.
    if (ts.isNewExpression(node) && node.expression.getText().endsWith('Error')) return
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function* expressionChanges(node: ts.Node): Generator<[ts.Node, string]> {
  if (ts.isBinaryExpression(node)) {
    const { left, operatorToken, right } = node
    const other = OPERATORS.get(operatorToken.getText())
    if (other) yield [node, `${left.getText()} ${other} ${right.getText()}`]
    if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) yield [node, left.getText()]
  }
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) yield [node.expression, 'false']
  if (ts.isIfStatement(node)) yield [node.expression, 'true']
  if (ts.isConditionalExpression(node)) yield* [[node.condition, 'true'], [node.condition, 'false']] as [ts.Node, string][] // prettier-ignore
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    yield [node, node.operand.getText()]
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression
    const other = METHODS.get(name.text)
    if (other) yield [node, `${expression.getText()}.${other}(${node.arguments.map((each) => each.getText()).join()})`]
  }
  if (ts.isReturnStatement(node) && node.expression && node.expression.getText() !== 'undefined')
    yield [node.expression, 'undefined']
  if (ts.isSourceFile(node) || !isValue(node)) return
  if (ts.isNumericLiteral(node)) yield [node, `${node.getText()} + 1`]
  if (node.kind === ts.SyntaxKind.TrueKeyword) yield [node, 'false']
  if (node.kind === ts.SyntaxKind.FalseKeyword) yield [node, 'true']
  // Strings at the top level of a module are mostly tables of words, which are not worth testing.
  if (ts.isStringLiteral(node) && !runsAtLoad(node)) yield [node, node.text === '' ? "'mutant'" : "''"]
}

/** Returns whether a literal is a value, not a type, a key or a module name. */
function isValue(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isTypeNode(parent) || ts.isPropertySignature(parent) || ts.isExternalModuleReference(parent)) return false
  return !(ts.isPropertyAssignment(parent) && parent.name === node)
}

/** Returns whether the program is still valid without a statement, which must not declare anything or call `super`. */
function isRemovable(node: ts.Node): boolean {
  if (ts.isThrowStatement(node) || ts.isContinueStatement(node)) return true
  if (ts.isReturnStatement(node)) return !node.expression
  return ts.isExpressionStatement(node) && !node.getText().startsWith('super(')
}

/**
 * Returns whether an expression begins a statement. Such an expression can't be put in parentheses: without semicolons,
 * that would turn the previous line into a call.
 */
function beginsStatement(node: ts.Node): boolean {
  let at = node
  while (!ts.isStatement(at) && !ts.isSourceFile(at.parent) && at.parent.getStart() === node.getStart()) at = at.parent
  return ts.isExpressionStatement(at)
}

function runsAtLoad(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at) && !isCalledAtOnce(at)) return false
    if (ts.isPropertyDeclaration(at))
      return at.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false
  }
  return true
}

function isCalledAtOnce({ parent }: ts.Node): boolean {
  return ts.isParenthesizedExpression(parent) && ts.isCallExpression(parent.parent)
}

/**
 * Returns the source with every mutant in it, each behind a switch: `globalThis.mutant(id)` returns whether it is on.
 */
export function withSwitches(text: string, mutants: readonly Mutant[], start = 0, end = text.length): string {
  const outermost = mutants
    .filter((mutant) => mutant.start >= start && mutant.end <= end)
    .sort((a, b) => a.start - b.start || b.end - a.end || a.id - b.id)
  let made = ''
  let at = start
  for (const [index, mutant] of outermost.entries()) {
    if (mutant.start < at) continue
    const inner = withSwitches(text, outermost.slice(index + 1), mutant.start, mutant.end)
    made += text.slice(at, mutant.start) + switched(mutant, inner)
    at = mutant.end
  }
  return made + text.slice(at, end)
}

function switched({ id, replacement, statement }: Mutant, original: string): string {
  const on = `globalThis.mutant(${id})`
  return statement ? `{ if (!${on}) ${original} }` : `(${on} ? (${replacement}) : (${original}))`
}

/** Returns the source with one mutant in place, for code that runs while its module loads. */
export function mutated(text: string, { start, end, replacement, statement }: Mutant): string {
  return text.slice(0, start) + (statement ? ';' : `(${replacement})`) + text.slice(end)
}
