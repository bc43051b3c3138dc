import * as z from 'zod';

/** What a browser says of itself that decides what a number means. What it does not tell is absent. */
export const browserFactsSchema = z.object({
  /** Without it there are no threads, and the clock is coarse. */
  crossOriginIsolated: z.boolean(),
  /** https or loopback; without it there is neither WebGPU nor isolation. */
  secureContext: z.boolean(),
  hardwareConcurrency: z.int(),
  simd: z.boolean(),
  relaxedSimd: z.boolean(),
  threads: z.boolean(),
  gpu: z.union([z.object({ vendor: z.string(), architecture: z.string(), device: z.string(), description: z.string(), fallback: z.boolean() }), z.object({ absent: z.string() })]),
  /** By WebNN's device type: `available`, or the browser's own reason. */
  webnn: z.object({ cpu: z.string(), gpu: z.string(), npu: z.string() }),
  visibility: z.string(),
  userAgent: z.string(),
  /** User-Agent Client Hints, where the browser has them. */
  brands: z.array(z.string()).optional(),
  platform: z.string().optional(),
  mobile: z.boolean().optional(),
  /** Rounded by the browser, and cut at a bound of its own (8 once, 16 in Chromium 156): no figure of the device's. */
  deviceMemoryGib: z.number().optional(),
  /** Browsers tell no power-saving state; the battery is what some tell. */
  battery: z.object({ charging: z.boolean(), level: z.number() }).optional(),
});
export type BrowserFacts = Readonly<z.infer<typeof browserFactsSchema>>;

/** How a browser is started: one with other switches, or without a window, is another thing to measure. */
export const browserStartSchema = z.object({
  /** Null: neither the lab nor the browser tells. */
  headless: z.boolean().nullable(),
  /** The switches that the lab asks for; variables of the environment by their names, passwords in URLs left out. */
  args: z.array(z.string()),
});
export type BrowserStart = Readonly<z.infer<typeof browserStartSchema>>;

const SOFTWARE_GPU = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/** Name of the software that plays the GPU; null on hardware. */
export function softwareGpuName({ vendor, architecture, device, description, fallback }: Exclude<BrowserFacts['gpu'], { absent: string }>): string | null {
  const named = [description, architecture, device, vendor].find((text) => SOFTWARE_GPU.test(text));
  if (named !== undefined) return named.replace(/^swiftshader$/i, 'SwiftShader');
  return fallback ? 'the browser\'s fallback adapter' : null;
}

/** The browser's own reason why a delegate can't run there, by the delegate's name; null where it says nothing against it. */
export function delegateAbsence(delegate: string, { gpu, webnn }: Pick<BrowserFacts, 'gpu' | 'webnn'>): string | null {
  if (delegate === 'webgpu') return 'absent' in gpu ? gpu.absent : null;
  const told = delegate === 'webnn-cpu' ? webnn.cpu : delegate === 'webnn-gpu' ? webnn.gpu : delegate === 'webnn-npu' ? webnn.npu : 'available';
  return told === 'available' ? null : told;
}
