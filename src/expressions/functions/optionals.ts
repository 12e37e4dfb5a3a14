import { equals, Optional, Uint } from '../values.ts'
import { declare } from './declare.ts'

/**
 * Values that may be missing. `orValue`, `or`, `optMap` and `optFlatMap` evaluate their arguments only when needed, so
 * they are macros.
 */
export const OPTIONALS = declare({
  'optional.of(A): optional<A>': (_, value: unknown) => Optional.of(value),
  'optional.none(): optional<A>': () => Optional.none,
  'optional.ofNonZeroValue(A): optional<A>': (spend, value: unknown) =>
    ZEROS.some((zero) => equals(value, zero, spend)) ? Optional.none : Optional.of(value),
  'optional<A>.hasValue(): bool': (_, optional: Optional) => optional.isPresent,
  'optional<A>.value(): A': (_, optional: Optional) => optional.value,
})

const ZEROS: readonly unknown[] = [null, false, 0n, 0, new Uint(0n), '', new Uint8Array(), [], new Map()]
