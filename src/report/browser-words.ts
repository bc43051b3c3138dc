import { type BrowserFacts, softwareGpuName } from '../domain/browser.ts';

type Gpu = BrowserFacts['gpu'];

/** What a reader of a browser's numbers should know of it, by name. */
export function browserWords(facts: BrowserFacts): readonly (readonly [name: string, text: string])[] {
  const { crossOriginIsolated, secureContext, simd, relaxedSimd, threads, gpu, webnn, visibility, battery } = facts;
  const page = [
    crossOriginIsolated ? 'cross-origin isolated' : secureContext ? 'not cross-origin isolated' : 'not from loopback: no isolation, no GPU',
    simd ? (relaxedSimd ? 'SIMD and relaxed SIMD' : 'SIMD') : 'no SIMD', threads ? 'threads' : 'no threads', visibility,
  ];
  const told = battery === undefined ? [] : [['battery', `${Math.round(100 * battery.level)} %, ${battery.charging ? 'charging' : 'not charging'}, when the page was first loaded`] as const];
  return [['page', page.join(', ')], ['WebGPU', gpuWords(gpu)], ['WebNN', webnnWords(webnn)], ...told];
}

function gpuWords(gpu: Gpu): string {
  if ('absent' in gpu) return `none: ${gpu.absent}`;
  const name = [gpu.description, gpu.device, gpu.architecture, gpu.vendor].find((text) => text !== '') ?? 'an adapter without a name';
  return softwareGpuName(gpu) !== null ? `${name}: software, which computes on the CPU and is never ranked as a GPU` : name;
}

function webnnWords(webnn: BrowserFacts['webnn']): string {
  const kinds = (['cpu', 'gpu', 'npu'] as const);
  const there = kinds.filter((kind) => webnn[kind] === 'available');
  const reasons = [...new Set(kinds.filter((kind) => webnn[kind] !== 'available').map((kind) => webnn[kind]))];
  const missing = kinds.filter((kind) => webnn[kind] !== 'available');
  const why = missing.length === 0 ? '' : `${there.length === 0 ? 'unsupported' : `; ${missing.join(', ')} unsupported`}: ${reasons.join('; ')}`;
  return `${there.join(', ')}${why}`;
}
