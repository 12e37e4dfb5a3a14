/** Thrown when something can't be computed; a caller adds the position in the expression. */
export class Failure extends Error {}
