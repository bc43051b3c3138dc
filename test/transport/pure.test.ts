import { expect, test } from 'vitest';
import { adbFault } from '../../src/transport/adb-fault.ts';
import { bundleDigest, BundleError } from '../../src/transport/bundle.ts';
import { MarkedOutput } from '../../src/transport/marked-output.ts';
import { forward } from '../../src/transport/ssh-connect.ts';

/** Every way to cut a stream in two, and byte by byte. */
function cuts(bytes: Buffer): readonly (readonly Buffer[])[] {
  const twos = Array.from({ length: bytes.length }, (_, i) => [bytes.subarray(0, i), bytes.subarray(i)]);
  return [...twos, [...bytes].map((byte) => Buffer.from([byte]))];
}

test('marks are taken out of a stream however it is cut; the rest comes as it was', () => {
  const stream = Buffer.from('banner\nMARK begin\nown MAR text\0\u00ff no newlineMARK exit 3\nMARK');
  for (const chunks of cuts(stream)) {
    const lines: string[] = [];
    const output = new MarkedOutput('MARK', (text) => lines.push(text));
    const own = Buffer.concat([...chunks.map((chunk) => output.push(chunk)), output.end()]);
    expect(lines).toEqual(['begin', 'exit 3']);
    expect(own.toString()).toBe('own MAR text\0\u00ff no newlineMARK');
    expect(output.skippedBytes).toBe(7);
  }
});

test('without a mark nothing is the program\'s', () => {
  const output = new MarkedOutput('MARK', () => {});
  expect(output.push(Buffer.from('login: ')).length + output.end().length).toBe(0);
  expect(output.begun).toBe(false);
});

test('a bundle is the same bundle in any order, and another with another mode; its paths stay inside', () => {
  const files = [{ path: 'a', localPath: '/x', sha256: '1' }, { path: 'lib/b', localPath: '/y', sha256: '2' }];
  expect(bundleDigest(files, () => 0o644)).toBe(bundleDigest([...files].reverse(), () => 0o644));
  expect(bundleDigest(files, () => 0o644)).not.toBe(bundleDigest(files, () => 0o755));
  for (const path of ['', '/etc/passwd', '../x', 'a/../../x', './x', 'a//b', 'a\0b']) expect(() => bundleDigest([{ path, localPath: '/x', sha256: '1' }], () => 0o644)).toThrow(BundleError);
  expect(() => bundleDigest([...files, ...files], () => 0o644)).toThrow('twice');
});

test.each([
  ['device \'10.0.0.1:5555\' not found', 'gone'],
  ['device offline', 'offline'],
  ['device still connecting', 'offline'],
  ['device unauthorized.\nThis adb server\'s $ADB_VENDOR_KEYS is not set\nTry \'adb kill-server\' if that seems wrong.\nOtherwise check for a confirmation dialog on your device.', 'unauthorized'],
  ['device still authorizing', 'unauthorized'],
  ['insufficient permissions for device: user in plugdev group; are your udev rules wrong?', 'no-permissions'],
  ['no permissions (missing udev rules? user is in the plugdev group); see [http://developer.android.com/tools/device.html]', 'no-permissions'],
  ['couldn\'t create file: Permission denied', 'refused'],
  ['write failed: No space left on device', 'device-full'],
  ['open failed: No such file or directory', 'missing'],
  ['Unexpected response: HTTP', 'garbage'],
  ['read ECONNRESET', 'lost'],
])('adb\'s words %j mean %s', (words, kind) => {
  const fault = adbFault(new Error(words), 'adb X');
  expect(fault.kind).toBe(kind);
  expect(fault.message.startsWith('adb X: ')).toBe(true);
});

test('a jump host that never answers for the board ends in time, and with the signal', async () => {
  // A double: a gate whose own connection stays up and that drops what it is asked.
  const gate = { forwardOut: () => gate as never };
  const board = { host: '10.0.0.9', port: 22 };
  await expect(forward(gate, board, { device: 'ssh b', signal: new AbortController().signal }, 30)).rejects.toMatchObject({ name: 'TransportFault', kind: 'timeout', message: expect.stringContaining('the jump host did not reach 10.0.0.9:22 within 0.03 s') });
  const stop = new AbortController();
  const waiting = forward(gate, board, { device: 'ssh b', signal: stop.signal });
  stop.abort(new Error('interrupted'));
  await expect(waiting).rejects.toThrow('interrupted');
});
