import type { Database } from './database.ts';
import { describeOwner, liveness, ownerSchema, thisProcess } from './owner.ts';
import type { Owner } from './owner.ts';
import { jsonOf, numberOf, textOf } from './rows.ts';
import { runSeq } from './run-table.ts';
import { StoreError } from './store-error.ts';

/**
 * How long a claim holds whose owner can't be seen from here (another host or container) and gave no sign. Owners give one with every
 * attempt, and the longest attempt (`submission`, MLPerf's minimum of 10 minutes and its warm-up) is shorter than this.
 */
export const CLAIM_EXPIRY_MS = 30 * 60_000;

/** The run was claimed by another live process. */
export class RunClaimedError extends StoreError {
  readonly owner: Owner;

  constructor(path: string, runId: string, owner: Owner, renewedMs: number) {
    const since = liveness(owner) === 'unknown' ? `; its last sign was at ${new Date(renewedMs).toISOString()}, and without another the claim ends ${CLAIM_EXPIRY_MS / 60_000} minutes after it` : '';
    super('claimed', path, `run ${runId} is being worked on by ${describeOwner(owner)}${since}. What to do: wait until it ends, or stop it.`);
    this.name = 'RunClaimedError';
    this.owner = owner;
  }
}

interface Claim {
  readonly token: string;
  readonly owner: Owner;
  readonly renewedMs: number;
}

/** Takes the claim for `token`, from nobody or from an owner that is gone; call inside a write transaction. */
export function takeClaim(database: Database, runId: string, token: string, label: string, nowMs: number): void {
  const seq = runSeq(database, runId);
  const claim = selectClaim(database, seq);
  if (claim !== null && claim.token !== token && holds(claim, nowMs)) throw new RunClaimedError(database.path, runId, claim.owner, claim.renewedMs);
  database.run('INSERT OR REPLACE INTO claim (run, token, owner, renewed_ms) VALUES (?, ?, ?, ?)', seq, token, JSON.stringify(thisProcess(label)), nowMs);
}

/** Refuses to write to a run that another store object claimed, and renews one's own claim; call inside a write transaction. A run that nobody claimed may be written. */
export function checkClaim(database: Database, runId: string, token: string, nowMs: number): void {
  const seq = runSeq(database, runId);
  const claim = selectClaim(database, seq);
  if (claim === null) return;
  if (claim.token !== token) throw new RunClaimedError(database.path, runId, claim.owner, claim.renewedMs);
  database.run('UPDATE claim SET renewed_ms = ? WHERE run = ?', nowMs, seq);
}

export function dropClaim(database: Database, runId: string, token: string): void {
  database.run('DELETE FROM claim WHERE run = ? AND token = ?', runSeq(database, runId), token);
}

export function dropClaims(database: Database, token: string): void {
  database.run('DELETE FROM claim WHERE token = ?', token);
}

function holds(claim: Claim, nowMs: number): boolean {
  const state = liveness(claim.owner);
  return state === 'alive' || (state === 'unknown' && nowMs - claim.renewedMs < CLAIM_EXPIRY_MS);
}

function selectClaim(database: Database, seq: number): Claim | null {
  const row = database.get('SELECT token, owner, renewed_ms FROM claim WHERE run = ?', seq);
  if (row === null) return null;
  return { token: textOf(database, row, 'token'), owner: jsonOf(database, row, 'owner', ownerSchema), renewedMs: numberOf(database, row, 'renewed_ms') };
}
