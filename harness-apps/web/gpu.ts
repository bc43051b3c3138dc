import { messageOf } from '../protocol/refusal.ts';

export interface GpuFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly fallback: boolean;
}

const PATIENCE_MS = 10_000;

export function gpuFactsOf({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): GpuFacts {
  return { vendor, architecture, device, description, fallback: isFallbackAdapter };
}

/** What the browser says of its GPU, or why there is none. */
export async function askGpu(): Promise<GpuFacts | { readonly absent: string }> {
  if (!('gpu' in navigator)) return { absent: isSecureContext ? 'this browser has no WebGPU' : 'WebGPU needs a page from loopback' };
  const late = new Promise<'late'>((resolve) => { setTimeout(resolve, PATIENCE_MS, 'late'); });
  try {
    const adapter = await Promise.race([navigator.gpu.requestAdapter(), late]);
    if (adapter === 'late') return { absent: `the browser gave no adapter within ${PATIENCE_MS / 1000} s` };
    if (adapter === null) return { absent: 'the browser offers no adapter' };
    return gpuFactsOf(adapter.info);
  } catch (error) {
    return { absent: messageOf(error) };
  }
}
