// serve_probe.mjs REPOSITORY: serves seam.probe.v1.Probe with gRPC for Node at a free port, which it
// prints as "listening at 127.0.0.1:PORT". What a handler does stands in probe.proto; Throw and
// NotThere are left out.
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { errorWithDetails, loadPackage } from './rpc.mjs';

const [repository] = process.argv.slice(2);
const { Probe } = loadPackage('seam/probe/v1/probe.proto',
  [join(repository, 'toolkit/tool/diverge/proto')], 'seam.probe.v1');

const calls = new Map();
function countsOf(key) {
  if (!calls.has(key)) calls.set(key, { begun: 0, ended: 0, saw_cancellation: 0 });
  return calls.get(key);
}

// A handler whose calls are counted; `handle` answers with a promise of the reply.
const counted = (handle) => async (call, answer) => {
  const counts = countsOf(call.request.key);
  counts.begun += 1;
  try {
    answer(null, await handle(call));
  } catch (error) {
    answer(error);
  }
  counts.ended += 1;
};

// A lone surrogate, which this library encodes as it is: bytes that are not UTF-8.
const kNotUtf8 = '\ud800';

const server = new grpc.Server({
  'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
  'grpc.max_send_message_length': -1 });

server.addService(Probe.service, {
  Echo: counted(async ({ request }) => ({ value: request.value })),

  Refuse: counted(async ({ request }) => {
    const error = { code: request.code, message: request.message.toString('utf8') };
    if (request.reason === '') throw { code: error.code, details: error.message };
    throw errorWithDetails({ ...error, reason: request.reason, domain: 'node.example',
      metadata: request.metadata });
  }),

  Linger: counted(async (call) => {
    await new Promise((resolve) => { call.on('cancelled', resolve); });
    countsOf(call.request.key).saw_cancellation += 1;
    return { was_cancelled: true };
  }),

  Inspect: counted(async (call) => {
    const { traceparent, ...metadata } = call.metadata.getMap();
    delete metadata['user-agent'];
    const deadline = call.getDeadline();
    const left = deadline === Infinity ? null : Math.max(0, Number(deadline) - Date.now());
    return {
      metadata,
      traceparent: traceparent ?? '',
      remaining: left === null ? null : {
        seconds: Math.floor(left / 1000), nanos: Math.floor(left % 1000) * 1_000_000 } };
  }),

  Make: counted(async ({ request }) => ({
    payload: Buffer.alloc(Number(request.payload_bytes), 'x'),
    text: request.text_that_is_not_utf8 ? kNotUtf8 : '' })),

  CountCalls: ({ request }, answer) => answer(null, countsOf(request.key)),
});

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening at 127.0.0.1:${port}`);
});
