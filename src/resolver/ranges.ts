import semver from 'semver'

/** Reads version ranges by npm's rules, each text once. */
export class Ranges {
  private readonly read = new Map<string, semver.Range | null>()

  /** The range of a text, or null where it is none: such a text matches nothing. */
  parse(text: string): semver.Range | null {
    let range = this.read.get(text)
    if (range === undefined) {
      range = semver.validRange(text) === null ? null : new semver.Range(text)
      this.read.set(text, range)
    }
    return range
  }
}
