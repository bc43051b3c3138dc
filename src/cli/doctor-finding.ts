/** One thing that Paddock needs or profits from. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'absent' | 'broken';
  readonly detail: string;
  /** The command that puts it right; null where there is none, or nothing to do. */
  readonly mend: string | null;
}
