import type { BrowserFacts } from '../../src/domain/browser.ts';
import { messageOf } from '../protocol/refusal.ts';
import { askGpu } from './gpu.ts';

interface ClientHints {
  readonly brands: readonly { readonly brand: string; readonly version: string }[];
  readonly mobile: boolean;
  readonly platform: string;
}

/** Parts of Navigator that not every browser has, and TypeScript's library does not declare. */
interface MoreNavigator {
  readonly userAgentData?: ClientHints;
  readonly deviceMemory?: number;
  readonly getBattery?: () => Promise<{ readonly charging: boolean; readonly level: number }>;
  readonly ml?: { createContext(options: { readonly deviceType: string }): Promise<{ readonly destroy?: () => void }> };
}

const PATIENCE_MS = 5000;

/** One SIMD instruction, and one of relaxed SIMD, each in the smallest module that has it (WebAssembly core specification 2 and 3). */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
const RELAXED_SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 1, 253, 15, 65, 2, 253, 15, 65, 3, 253, 15, 253, 147, 2, 11);
/** A memory that is shared between threads. */
const THREADS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1);

/** Asked in the window, as some of it is told nowhere else. */
export async function askWindow(): Promise<BrowserFacts> {
  const browser = navigator as MoreNavigator;
  const hints = browser.userAgentData;
  const battery = await within(browser.getBattery?.() ?? Promise.resolve(null)).catch(() => null);
  const [gpu, cpu, webnnGpu, npu] = await Promise.all([askGpu(), askWebnn(browser, 'cpu'), askWebnn(browser, 'gpu'), askWebnn(browser, 'npu')]);
  return {
    crossOriginIsolated, secureContext: isSecureContext, hardwareConcurrency: navigator.hardwareConcurrency,
    simd: WebAssembly.validate(SIMD), relaxedSimd: WebAssembly.validate(RELAXED_SIMD), threads: crossOriginIsolated && typeof SharedArrayBuffer === 'function' && WebAssembly.validate(THREADS),
    gpu, webnn: { cpu, gpu: webnnGpu, npu }, visibility: document.visibilityState, userAgent: navigator.userAgent,
    ...(hints === undefined ? {} : { brands: hints.brands.map(({ brand, version }) => `${brand} ${version}`), platform: hints.platform, mobile: hints.mobile }),
    ...(browser.deviceMemory === undefined ? {} : { deviceMemoryGib: browser.deviceMemory }),
    ...(battery === null ? {} : { battery: { charging: battery.charging, level: battery.level } }),
  };
}

async function askWebnn({ ml }: MoreNavigator, deviceType: string): Promise<string> {
  if (ml === undefined) return isSecureContext ? 'this browser has no WebNN' : 'WebNN needs a page from loopback';
  try {
    // It is let go also when it comes too late.
    const made = ml.createContext({ deviceType }).then((context) => { context.destroy?.(); return true; });
    return (await within(made)) === null ? `the browser gave no context within ${PATIENCE_MS / 1000} s` : 'available';
  } catch (error) {
    return messageOf(error);
  }
}

/** Null when it takes longer. */
function within<T>(promise: Promise<T>): Promise<T | null> {
  return Promise.race([promise, new Promise<null>((resolve) => { setTimeout(resolve, PATIENCE_MS, null); })]);
}
