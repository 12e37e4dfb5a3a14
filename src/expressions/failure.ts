/** Thrown where something can’t be computed with the values at hand; whoever knows the place in the expression adds it. */
export class Failure extends Error {}
