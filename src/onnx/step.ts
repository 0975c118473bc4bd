/**
 * A step function, [Y > 0] as a number, written as `HardSigmoid` with this slope and beta = 0: 1 from 8e-31 on. Steeper ones
 * would pass the largest float for values that are still met.
 */
export const STEEP = 2 ** 100
