import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import { Budget } from '../../src/expressions/budget.ts'
import { Checker } from '../../src/expressions/checker.ts'
import { Evaluator } from '../../src/expressions/evaluator.ts'
import { ExpressionError } from '../../src/expressions/expressions.ts'
import { parseExpression } from '../../src/expressions/syntax.ts'
import { Duration, Timestamp } from '../../src/expressions/times.ts'
import * as t from '../../src/expressions/types.ts'
import { keyOf, Optional, TypeValue, Uint } from '../../src/expressions/values.ts'

/** Runs CEL's own conformance cases on cpm's expressions. */

/** A case as the package has it: JSON of `cel.expr.conformance.test.SimpleTest`. */
export interface Case {
  readonly path: string
  readonly name: string
  readonly expr: string
  readonly value?: ValueJson
  readonly evalError?: object
  readonly typedResult?: { readonly result?: ValueJson; readonly deducedType?: TypeJson }
  readonly typeEnv?: readonly {
    readonly name: string
    readonly ident?: { readonly type: TypeJson }
    function?: object
  }[]
  readonly bindings?: Readonly<Record<string, { readonly value: ValueJson }>>
  readonly container?: string
  readonly disableCheck?: boolean
  readonly disableMacros?: boolean
  readonly checkOnly?: boolean
}

interface ValueJson {
  readonly int64Value?: string
  readonly uint64Value?: string
  readonly doubleValue?: number | string
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly nullValue?: null
  readonly bytesValue?: string
  readonly typeValue?: string
  readonly listValue?: { readonly values?: readonly ValueJson[] }
  readonly mapValue?: { readonly entries?: readonly { readonly key: ValueJson; readonly value: ValueJson }[] }
  readonly objectValue?: { readonly '@type': string; readonly value: string }
}

interface TypeJson {
  readonly primitive?: string
  readonly wellKnown?: string
  readonly listType?: { readonly elemType: TypeJson }
  readonly mapType?: { readonly keyType: TypeJson; readonly valueType: TypeJson }
  readonly abstractType?: { readonly name: string; readonly parameterTypes?: readonly TypeJson[] }
  readonly type?: object
  readonly null?: null
}

interface Suite {
  readonly name: string
  readonly suites?: readonly Suite[]
  readonly tests?: readonly { readonly original: Omit<Case, 'path'> }[]
}

/** All cases; those with the same name in a group are numbered. */
export function conformanceCases(): Case[] {
  const cases: Case[] = []
  const seen = new Map<string, number>()
  const walk = (suite: Suite, group: string) => {
    for (const inner of suite.suites ?? []) walk(inner, group === '' ? inner.name : `${group}/${inner.name}`)
    for (const { original } of suite.tests ?? []) {
      const path = `${group}/${original.name}`
      const times = (seen.get(path) ?? 0) + 1
      seen.set(path, times)
      cases.push({ ...original, path: times === 1 ? path : `${path}#${times}` })
    }
  }
  walk(tests as unknown as Suite, '') // the package types its data as any JSON
  return cases
}

const PROTO_GROUPS = /^(?:proto[23](?:_ext)?|wrappers|dynamic|enums)\//

/** Why a case needs something that expressions leave out on purpose, or undefined. */
export function skipReason(test: Case): string | undefined {
  if (test.path.startsWith('block_ext/')) return 'cel.block is written by compilers, not by people'
  const text = JSON.stringify(test)
  const isMessage =
    /TestAllTypes|NestedTestAllTypes|messageType|wrapper"|google\.protobuf\.(?!Timestamp|Duration)|GlobalEnum/
  if (PROTO_GROUPS.test(test.path) || isMessage.test(text)) return 'Protocol Buffers messages are not supported'
  if (test.container !== undefined || /"name":"[^"]*\.[^"]*"/.test(JSON.stringify(test.typeEnv ?? [])))
    return 'containers and variable names with dots are not supported'
  if (test.disableMacros) return 'macros are always there'
  if (test.typeEnv?.some((entry) => entry.function)) return 'functions of the caller are not supported'
  return undefined
}

/** Runs a case; returns what is wrong, or undefined. */
export function failureOf(test: Case): string | undefined {
  const wantsError = test.evalError !== undefined
  const wanted = test.typedResult?.result ?? test.value ?? { boolValue: true }
  const { node, problem } = parseExpression(test.expr)
  if (!node) return wantsError ? undefined : `is not read: ${problem.message}`
  const checker = new Checker(test.expr)
  const variables = new Map((test.typeEnv ?? []).map(({ name, ident }) => [name, typeOf(ident?.type)] as const))
  const type = t.closed(checker.infer(node, variables))
  const [wrong] = checker.problems
  if (wrong && !test.disableCheck) return wantsError ? undefined : `is refused: ${wrong.message}`
  const deduced = test.typedResult?.deducedType
  if (deduced !== undefined && typeOf(deduced).name !== type.name)
    return `is of type ${type.name}, not ${typeOf(deduced).name}`
  if (test.checkOnly || (test.typedResult && !test.typedResult.result)) return undefined
  const values = new Map(Object.entries(test.bindings ?? {}).map(([name, { value }]) => [name, valueOf(value)]))
  try {
    const result = new Evaluator(test.expr, new Budget(1_000_000).spend).compute(node, { values, outer: undefined })
    if (wantsError) return 'yields a value, not an error'
    return isExpected(result, valueOf(wanted)) ? undefined : `yields another value than ${JSON.stringify(wanted)}`
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return wantsError ? undefined : `ends with an error: ${error.message}`
  }
}

function typeOf(json: TypeJson | undefined): t.Type {
  const { primitive, wellKnown = '', listType, mapType, abstractType } = json ?? {}
  if (primitive !== undefined) return t.readType(primitive.toLowerCase().replace('64', ''))
  if (['TIMESTAMP', 'DURATION'].includes(wellKnown)) return t.readType(wellKnown.toLowerCase())
  if (listType) return t.listOf(typeOf(listType.elemType))
  if (mapType) return t.mapOf(typeOf(mapType.keyType), typeOf(mapType.valueType))
  if (abstractType?.name === 'optional_type') return t.optionalOf(typeOf(abstractType.parameterTypes?.[0]))
  if (json?.type) return t.TYPE
  return json && 'null' in json ? t.NULL : t.DYN
}

function valueOf(json: ValueJson): unknown {
  const { int64Value, uint64Value, doubleValue, bytesValue, typeValue, listValue, mapValue, objectValue } = json
  if (int64Value !== undefined) return BigInt(int64Value)
  if (uint64Value !== undefined) return new Uint(BigInt(uint64Value))
  if (doubleValue !== undefined) return Number(doubleValue)
  if (bytesValue !== undefined) return new Uint8Array(Buffer.from(bytesValue, 'base64'))
  if (typeValue !== undefined) return new TypeValue(typeValue)
  if (listValue) return (listValue.values ?? []).map(valueOf)
  if (mapValue) return new Map((mapValue.entries ?? []).map(({ key, value }) => [keyOf(valueOf(key)), valueOf(value)]))
  if (objectValue?.['@type'].endsWith('Duration')) return Duration.parse(objectValue.value)
  if (objectValue?.['@type'].endsWith('Timestamp')) return Timestamp.parse(objectValue.value)
  const plain = [json.stringValue, json.boolValue, json.nullValue].find((value) => value !== undefined)
  if (plain === undefined) throw new Error(`no such value: ${JSON.stringify(json)}`)
  return plain
}

/** Equality including types: 1 is not 1.0, and NaN is NaN. */
function isExpected(actual: unknown, expected: unknown): boolean {
  if (expected instanceof Uint) return actual instanceof Uint && actual.value === expected.value
  if (expected instanceof TypeValue) return actual instanceof TypeValue && actual.name === expected.name
  if (expected instanceof Timestamp) return actual instanceof Timestamp && actual.nanos === expected.nanos
  if (expected instanceof Duration) return actual instanceof Duration && actual.nanos === expected.nanos
  if (expected instanceof Uint8Array) return actual instanceof Uint8Array && Buffer.compare(actual, expected) === 0
  if (expected instanceof Optional) return false
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, i) => isExpected(actual[i], item))
    )
  if (expected instanceof Map)
    return (
      actual instanceof Map &&
      actual.size === expected.size &&
      [...expected].every(([key, value]) => actual.has(key) && isExpected(actual.get(key), value))
    )
  return typeof expected === 'number' ? actual === expected || Object.is(actual, expected) : actual === expected
}
