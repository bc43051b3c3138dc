/** How often a node ran on a provider, and its own time there, ns (without the nodes of its subgraphs). */
export interface NodePlacement {
  readonly name: string;
  readonly operator: string;
  readonly provider: string;
  readonly calls: number;
  readonly timeNs: number;
}

export interface Placement {
  readonly method: string;
  readonly nodes: readonly NodePlacement[];
}

/** An output's bytes; its dtype is the runtime's own name. */
export interface OutputTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
