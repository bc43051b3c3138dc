import { accessSync, constants, statSync } from 'node:fs';
import { messageOf, Refusal } from '../protocol/refusal.ts';

/** The path of a model file that exists, can be read and is not empty. */
export function checkModelFile(path: string | null): string {
  if (path === null) throw new Refusal('bad-request', 'load needs "model", the path of a model file');
  let bytes: number;
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw new Error('it is not a file');
    accessSync(path, constants.R_OK);
    bytes = facts.size;
  } catch (error) {
    throw new Refusal('model-unreadable', `can't read the model ${path}: ${messageOf(error)}`);
  }
  if (bytes === 0) throw new Refusal('model-invalid', `the model ${path} is empty`);
  return path;
}
