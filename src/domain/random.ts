/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/** sfc32 (Chris Doty-Humphrey, PractRand): small, fast, passes PractRand; seeded by the first words of the text's FNV-1a hash. Portable: the same seed draws the same numbers everywhere. */
export function seededRandom(seed: string | number): Random {
  let hash = 2166136261;
  for (const character of String(seed)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  let a = hash >>> 0;
  let b = Math.imul(hash, 0x9e3779b9) >>> 0;
  let c = Math.imul(hash, 0x85ebca6b) >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum / 4294967296;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** A standard normal draw (Marsaglia's polar method, 1964). */
export function normal(random: Random): number {
  for (let i = 0; i < 1000; i++) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
  throw new Error('the random source is stuck');
}

/** A shuffled copy (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const at = result[i] as T;
    result[i] = result[j] as T;
    result[j] = at;
  }
  return result;
}
