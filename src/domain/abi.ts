/** What a program has to be compiled for: kernel, C library and processor. */
export const ABIS = ['linux-x64', 'linux-arm64', 'android-x64', 'android-arm64'] as const;
export type Abi = (typeof ABIS)[number];
