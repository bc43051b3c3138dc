/**
 * Short texts as they stand on labels, receipts and signs: drawn from a seed, and split in two by their own hash, so that no text drawn for calibration is ever one drawn for a test, whatever the seeds.
 */
import { createHash } from 'node:crypto';
import type { Random } from '../../src/domain/random.ts';

export const USES = ['calibration', 'test'] as const;
export type Use = (typeof USES)[number];

/** A quarter of all texts is for calibration. */
const CALIBRATION_SHARE = 64;

const WORDS = ('account address airport amount answer apple arrival autumn balance basket battery before below better bicycle blanket bottle bridge bright brother budget building butter cabinet camera candle carbon castle celery '
  + 'center chamber change cheese cherry circle clear closed coffee column copper corner cotton counter country cover cream credit crystal current customer danger dealer delivery departure deposit desert device dinner direct '
  + 'discount doctor dollar double dragon drawer driver eastern economy edition effect eleven engine entrance equal escape event evening exit express extra factory family fashion ferry figure filter finger flavour flight '
  + 'flower forest formula fragile freight fresh friday frozen gallery garden garlic gentle ginger glass golden grade green ground group guest hammer handle harbour health heavy height holiday honey hospital hotel hundred '
  + 'import inside invoice island jacket january journey juice july junction kitchen ladder lemon letter level library licence light liquid local lunch machine manual marble march margin market master meadow medium member '
  + 'message metal middle minute mirror mobile model monday morning motor mountain museum napkin nature network night normal north notice number ocean office olive onion open orange order organic origin outlet oxygen package '
  + 'paper parking party pepper period person phone picture pilot planet plastic please pocket police postal potato powder premium price printer private product profile public purple quality quarter quick quiet radio railway '
  + 'random receipt record refund region rental report reserve return river rocket round safety salad sample saturday school screen season second section serial service seven shadow shelter signal silver simple single sister '
  + 'smooth south special spring square staff standard station steel stone storage street student sugar summer sunday supply surface switch system table target temple terminal theatre thunder ticket timber tomato total tower '
  + 'traffic train travel tunnel under union unit upper valley value vanilla vehicle village violet visit volume wagon walnut warning water weather weight west wheel white window winter wonder wooden yellow zebra').split(' ');

const LETTERS = Array.from('ABCDEFGHJKLMNPRSTUVWXYZ');

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

function digits(count: number, random: Random): string {
  return Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
}

function between(low: number, high: number, random: Random): number {
  return low + Math.floor(random() * (high - low + 1));
}

const capital = (word: string): string => `${(word[0] ?? '').toUpperCase()}${word.slice(1)}`;
const two = (value: number): string => String(value).padStart(2, '0');

/** One form of text each: words in three spellings, pairs, numbers, prices, dates, times, codes, weights. */
const FORMS: readonly ((random: Random) => string)[] = [
  (random) => pick(WORDS, random), (random) => capital(pick(WORDS, random)), (random) => pick(WORDS, random).toUpperCase(),
  (random) => `${pick(WORDS, random)}-${pick(WORDS, random)}`, (random) => `${capital(pick(WORDS, random))} ${pick(WORDS, random)}`,
  (random) => digits(between(4, 10, random), random), (random) => `${between(1, 999, random)}.${two(between(0, 99, random))}`, (random) => `$${between(1, 99, random)}.${two(between(0, 99, random))}`,
  (random) => `${between(2001, 2039, random)}-${two(between(1, 12, random))}-${two(between(1, 28, random))}`, (random) => `${two(between(0, 23, random))}:${two(between(0, 59, random))}`,
  (random) => `${pick(LETTERS, random)}${pick(LETTERS, random)}-${digits(between(3, 5, random), random)}`, (random) => `${pick(WORDS, random)}${digits(between(2, 4, random), random)}`,
  (random) => `${between(2, 995, random)}${pick(['kg', 'g', 'ml', 'cm', 'km', '%'], random)}`,
];

export function useOf(text: string): Use {
  return (createHash('sha256').update(text).digest()[0] ?? 0) < CALIBRATION_SHARE ? 'calibration' : 'test';
}

/** `count` different texts of one use. */
export function drawPhrases(use: Use, count: number, random: Random): string[] {
  const found = new Set<string>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > count * 1000) throw new Error(`only ${found.size} of ${count} different texts were found`);
    const text = pick(FORMS, random)(random);
    if (useOf(text) === use) found.add(text);
  }
  return [...found];
}
