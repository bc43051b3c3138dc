import type { DescribedHardware } from '../domain/result.ts';

/** What a profile says of a device's hardware, as rows of a name and words. */
export function hardwareWords({ soc, clusters, gpu, npu, zones, quirks }: DescribedHardware): (readonly [string, string])[] {
  return [
    ...(soc === undefined ? [] : [['chip', soc] as const]),
    ...(clusters.length === 0 ? [] : [['clusters', clusters.join('; ')] as const]),
    ...(gpu === undefined ? [] : [['GPU', gpu] as const]),
    ...(npu === undefined ? [] : [['NPU', npu] as const]),
    ...(zones.length === 0 ? [] : [['zones', zones.join('; ')] as const]),
    ...quirks.map(({ what, source }) => ['quirk', `${what} (${source})`] as const),
  ];
}

/** Delegates that the hardware could run and the harness app at hand does not offer, by runtime, in words; null without any. */
export function lackingDelegates({ delegates }: DescribedHardware, runtimes: readonly { readonly name: string; readonly delegates: readonly { readonly name: string }[] }[]): string | null {
  const lacking = runtimes.flatMap((runtime) => {
    const names = (delegates[runtime.name] ?? []).filter((name) => !runtime.delegates.some((offered) => offered.name === name));
    return names.length === 0 ? [] : [`${runtime.name}: ${names.join(', ')}`];
  });
  return lacking.length === 0 ? null : lacking.join('; ');
}
