import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { gatherWrites } from '../../src/transport/gathered-writes.ts';

test('what is written in one go arrives as one, in order; memory of its own is given back when it was written, shared memory is left alone', async () => {
  const arrived: Buffer[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) { this._writev?.([{ chunk, encoding: 'buffer' as BufferEncoding }], done); },
    writev(chunks, done) {
      // Read only later, as a kernel's buffer that is full takes it.
      setImmediate(() => {
        arrived.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
        done();
      });
    },
  });
  gatherWrites(stream);
  const [head, body, tag] = [Buffer.from('head'), Buffer.alloc(40_000, 'b'), Buffer.from('tag')];
  const part = Buffer.alloc(40_000, 'p').subarray(1);
  for (const piece of [head, body, tag, part]) stream.write(piece);
  await expect.poll(() => body.length).toBe(0);
  expect(Buffer.concat(arrived).toString()).toBe(`head${'b'.repeat(40_000)}tag${'p'.repeat(39_999)}`);
  expect(arrived).toHaveLength(1);
  expect([head, tag].map(String)).toEqual(['head', 'tag']);
  expect(part).toHaveLength(39_999);
});

test('what could not be written is kept', async () => {
  const stream = new Duplex({ read() {}, write(_chunk, _encoding, done) { setImmediate(() => done(new Error('gone'))); } });
  const gone = new Promise((resolve) => { stream.on('error', resolve); });
  gatherWrites(stream);
  const body = Buffer.alloc(40_000, 'b');
  stream.write(body);
  await gone;
  expect(body).toHaveLength(40_000);
});
