// call_services.mjs REPOSITORY PRODUCTS_SERVICE PROBE_SERVICE: calls the two programs with gRPC for
// Node, and with buf by what it learns through reflection.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import * as grpc from '@grpc/grpc-js';
import { check, runChecks } from './checks.mjs';
import { detailsOf, loadPackage } from './rpc.mjs';

const [repository, productsProgram, seamProgram] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const kLimit = 4 * 1024 * 1024;
const { status: Code } = grpc;

// ---- The services

const folder = mkdtempSync(join(tmpdir(), 'seam-'));
const children = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

// Starts a service, a program and its verb if it has one, at a free port. `ended` is its exit code, or the signal that ended it.
async function start([program, ...verb], ...flags) {
  const child = spawn(program, [...verb, '--listen', '127.0.0.1:0', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const output = [];
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  const address = new Promise((resolve, reject) => {
    const read = (line) => {
      output.push(line);
      const found = line.match(/"listening".*"address":"([^"]+)"/);
      if (found) resolve(found[1]);
    };
    createInterface({ input: child.stdout }).on('line', read);
    createInterface({ input: child.stderr }).on('line', read);
    ended.then((how) => reject(
      new Error(`${program} ended (${how}) before it listened:\n${output.join('\n')}`)), reject);
  });
  return { address: await address, ended, stop: () => child.kill('SIGTERM') };
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const jwks = join(folder, 'jwks.json');
writeFileSync(jwks, JSON.stringify({ keys: [
  { ...publicKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig', kid: 'one' }] }));

function bearer(roles) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'EdDSA', kid: 'one', typ: 'JWT' })}.${part({
    iss: 'node', aud: 'node', sub: randomUUID(), sid: randomUUID(), jti: randomUUID(), roles,
    iat: now, exp: now + 3600 })}`;
  return `Bearer ${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
}

const productsService = await start([productsProgram], '--data.directory', folder,
  '--tokens.jwks_file', jwks, '--tokens.issuer', 'node', '--tokens.audience', 'node');
const probeService = await start([seamProgram, 'probe-service']);

// ---- The clients

const folders = [join(repository, 'proto'), join(repository, 'toolkit/tool/diverge/proto')];
const { Products } = loadPackage('shop/products/v1/products.proto', folders, 'shop.products.v1');
const { Probe } = loadPackage('seam/probe/v1/probe.proto', folders, 'seam.probe.v1');
const { Health } = loadPackage('health/v1/health.proto',
  [join(dirname(require.resolve('grpc-health-check')), '../../proto')],
  'grpc.health.v1');

const open = (Service, address, options) =>
  new Service(address, grpc.credentials.createInsecure(), options);
const products = open(Products, productsService.address);
const probe = open(Probe, probeService.address);
const health = open(Health, probeService.address);

const kPatience = 60_000;
const patience = () => ({ deadline: Date.now() + kPatience });

// The reply, or an exception of the error. `begun` gets the call.
function ask(client, method, request, { headers = {}, options = patience(), begun } = {}) {
  return new Promise((resolve, reject) => {
    const metadata = new grpc.Metadata();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    const call = client[method](request, metadata, options,
      (error, reply) => (error ? reject(error) : resolve(reply)));
    begun?.(call);
  });
}

// The error of a call that must fail.
async function refusal(client, method, request, more) {
  const reply = await ask(client, method, request, more).then((value) => value, (error) => {
    assert(error.metadata instanceof grpc.Metadata, `not an error of gRPC: ${error.stack}`);
    return { error };
  });
  assert(reply.error, `${method} was answered: ${JSON.stringify(reply)}`);
  return reply.error;
}

// Until the handler's calls with this key are as `holds` wants them.
async function counted(key, holds) {
  const end = Date.now() + kPatience;
  for (;;) {
    const counts = await ask(probe, 'CountCalls', { key });
    if (holds(counts)) return counts;
    assert(Date.now() < end, `the handler's calls: ${JSON.stringify(counts)}`);
  }
}

// ---- Replies

const towel = { id: '01900000-0000-7000-8000-00000000000a', name: 'Geschirrtuch – ティータオル',
  description: '', price: { amount_minor: '850', currency: 'EUR' }, stock: '12' };

const kNobodys = '01900000-0000-7000-8000-0000000000ff';

check('a product is made, with a token, and read', async () => {
  const { product } = await ask(products, 'CreateProduct', towel,
    { headers: { authorization: bearer(['admin']) } });
  const { created_at, updated_at, ...rest } = product;
  assert.deepEqual(rest, { ...towel, version: '1' });
  assert.deepEqual(created_at, updated_at);
  assert(Math.abs(Date.now() / 1000 - Number(created_at.seconds)) < 3600);
  assert.deepEqual((await ask(products, 'GetProduct', { id: towel.id })).product, product);
  assert.deepEqual(await ask(products, 'ListProducts', {}),
    { products: [product], next_page_token: '' });
});

// But for maps with 64-bit keys, which this library shows by the bytes of their keys.
check('every kind of value comes back as it was sent', async () => {
  const leaf = { label: 'leaf', left: null, others: [], by_name: {} };
  const value = {
    a_double: -0.5, a_float: 0.25, an_int32: -1, an_int64: '-9223372036854775808', a_uint32: 7,
    a_uint64: '18446744073709551615', a_sint32: -2147483648, a_sint64: '-1', a_fixed32: 4294967295,
    a_fixed64: '1', a_sfixed32: -3, a_sfixed64: '-4', a_bool: true, a_string: '🛒 \u0000 ÿ',
    some_bytes: Buffer.from([0, 0xff, 0xc3]), color: -3, maybe_int32: 0, maybe_string: '',
    int32s: [1, -1], strings: ['', 'x'], doubles: [1e300, -0], bools: [true, false],
    colors: [1, -3, 1000], texts: { '': 'empty', key: '' },
    chosen_tree: { ...leaf, others: [leaf], by_name: { one: leaf } },
    tree: { ...leaf, left: leaf }, when: { seconds: '-62135596800', nanos: 999999999 },
    how_long: { seconds: '-1', nanos: -1 } };
  const { value: back } = await ask(probe, 'Echo', { value });
  for (const field of Object.keys(value)) {
    assert.deepEqual(back[field], value[field], field);
  }
  assert.equal(back.choice, 'chosen_tree');
  assert(!('_maybe_color' in back) && !('first_text' in back), 'what was not sent came back');
});

// ---- Errors

check('an error of products has its code, its text and its ErrorInfo', async () => {
  const error = await refusal(products, 'GetProduct', { id: kNobodys });
  assert.equal(error.code, Code.NOT_FOUND);
  assert.equal(detailsOf(error).reason, 'PRODUCT_NOT_FOUND');
  assert.equal(detailsOf(error).domain, 'shop.products.v1.Products');
  assert.equal(detailsOf(error).message, error.details);
  assert.deepEqual(error.metadata.get('seam-origin'), ['handler']);
});

check('a field that breaks a rule is named', async () => {
  const error = await refusal(products, 'CreateProduct',
    { ...towel, price: { amount_minor: '-1', currency: 'EUR' } },
    { headers: { authorization: bearer(['admin']) } });
  assert.equal(error.code, Code.INVALID_ARGUMENT);
  assert.equal(detailsOf(error).metadata.field, 'price.amount_minor');
});

check('who has no token, and who has not the role, is refused', async () => {
  assert.equal((await refusal(products, 'CreateProduct', towel)).code, Code.UNAUTHENTICATED);
  const error = await refusal(products, 'CreateProduct', towel,
    { headers: { authorization: bearer(['customer']) } });
  assert.equal(error.code, Code.PERMISSION_DENIED);
  assert.equal(detailsOf(error).reason, 'ADMIN_ONLY');
});

check('an error of any code arrives with text, reason and metadata', async () => {
  for (let code = 1; code <= 16; ++code) {
    const key = randomUUID();
    const metadata = { field: 'lines[2].quantity', 'ключ': 'знач' };
    const error = await refusal(probe, 'Refuse',
      { key, code, reason: 'TOLD_TO', message: Buffer.from('weil – ja'), metadata });
    assert.equal(error.code, code);
    assert.equal(error.details, 'weil – ja');
    assert.deepEqual(detailsOf(error), { code, message: 'weil – ja', reason: 'TOLD_TO',
      domain: 'seam.probe.v1.Probe', metadata });
    assert.deepEqual(error.metadata.get('grpc-retry-pushback-ms'), ['-1']);
    assert.equal((await ask(probe, 'CountCalls', { key })).begun, '1', 'it was tried again');
  }
});

check('an exception is INTERNAL, and its text stays in the service', async () => {
  const error = await refusal(probe, 'Throw', { what: 'the password is tea' },
    { options: {} });
  assert.equal(error.code, Code.INTERNAL);
  assert(!error.details.includes('tea'), error.details);
});

check('a method that the service has not, and one that its handler leaves out', async () => {
  assert.equal((await refusal(probe, 'NotThere', {})).code, Code.UNIMPLEMENTED);
  const newer = grpc.makeGenericClientConstructor(
    { Later: { ...Probe.service.Echo, path: '/seam.probe.v1.Probe/Later' } }, 'Probe');
  const error = await refusal(open(newer, probeService.address), 'Later', {});
  assert.equal(error.code, Code.UNIMPLEMENTED);
  assert.equal(detailsOf(error).reason, 'UNKNOWN_METHOD');
  assert.deepEqual(error.metadata.get('seam-origin'), ['not-delivered']);
});

check('text that is not UTF-8 is refused', async () => {
  // A lone surrogate, which this client encodes as it is.
  const key = randomUUID();
  const error = await refusal(probe, 'Echo', { key, value: { a_string: '\ud800' } });
  assert.equal(error.code, Code.INVALID_ARGUMENT);
  assert.equal(detailsOf(error).reason, 'MALFORMED_REQUEST');
  assert.equal((await ask(probe, 'CountCalls', { key })).begun, '0');
});

// ---- Limits

check('a message of the limit passes, and one over it is refused', async () => {
  // A tag and a length of four bytes stand before the bytes.
  const request = { padding: Buffer.alloc(kLimit - 5) };
  assert.equal(Probe.service.Make.requestSerialize(request).length, kLimit);
  await ask(probe, 'Make', request);
  request.padding = Buffer.alloc(kLimit - 4);
  assert.equal((await refusal(probe, 'Make', request)).code, Code.RESOURCE_EXHAUSTED);

  const patient = open(Probe, probeService.address, { 'grpc.max_receive_message_length': -1 });
  const reply = await ask(patient, 'Make', { payload_bytes: kLimit - 5 });
  assert.equal(reply.payload.length, kLimit - 5);
  const error = await refusal(patient, 'Make', { payload_bytes: kLimit - 4 });
  assert.equal(error.code, Code.RESOURCE_EXHAUSTED);
  assert.equal(detailsOf(error).reason, 'MESSAGE_TOO_LARGE');
  patient.close();
});

// Passes bytes on, and counts those of the caller.
async function countingProxy(address) {
  const [host, port] = address.split(':');
  const proxy = { bytes: 0 };
  const server = createServer((caller) => {
    const service = connect(Number(port), host);
    caller.on('data', (chunk) => { proxy.bytes += chunk.length; });
    caller.pipe(service).pipe(caller);
    for (const socket of [caller, service]) {
      socket.on('error', () => { caller.destroy(); service.destroy(); });
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  proxy.address = `127.0.0.1:${server.address().port}`;
  proxy.close = () => server.close();
  return proxy;
}

check('compressed messages are understood', async () => {
  const text = 'tea towel '.repeat(20_000);
  for (const [algorithm, most] of
    [[grpc.compressionAlgorithms.identity, 10 * text.length],
      [grpc.compressionAlgorithms.deflate, text.length / 10],
      [grpc.compressionAlgorithms.gzip, text.length / 10]]) {
    const proxy = await countingProxy(probeService.address);
    const client = open(Probe, proxy.address, { 'grpc.default_compression_algorithm': algorithm });
    const { value } = await ask(client, 'Echo', { value: { a_string: text } });
    assert.equal(value.a_string, text);
    assert(proxy.bytes < most, `${proxy.bytes} bytes with algorithm ${algorithm}`);
    client.close();
    proxy.close();
  }
});

check('a compressed message is refused by its length before compression', async () => {
  const client = open(Probe, probeService.address,
    { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
  const error = await refusal(client, 'Make', { padding: Buffer.alloc(kLimit + 1) });
  assert.equal(error.code, Code.RESOURCE_EXHAUSTED);
  client.close();
});

// ---- Context

check('metadata, trace and deadline arrive', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const headers = { 'idempotency-key': 'a b~!', principal: 'user-7' };
  const seen = await ask(probe, 'Inspect', {},
    { headers: { ...headers, traceparent: `00-${trace}-b7ad6b7169203331-01` } });
  assert.deepEqual(seen.metadata, headers);
  assert(seen.traceparent.startsWith(`00-${trace}-`), seen.traceparent);
  const remaining = Number(seen.remaining.seconds) + seen.remaining.nanos / 1e9;
  assert(remaining > 0 && remaining <= kPatience / 1000 + 1, `${remaining} s remain`);

  const bare = await ask(probe, 'Inspect', {}, { options: {} });
  assert.deepEqual([bare.metadata, bare.traceparent, bare.remaining], [{}, '', null]);
});

check('a call ends at its deadline, and its handler is told', async () => {
  // Longer and longer, until one has reached the handler in time.
  for (let timeout = 50; ; timeout *= 2) {
    const key = randomUUID();
    const error = await refusal(probe, 'Linger', { key, until_context_ends: true },
      { options: { deadline: Date.now() + timeout } });
    assert.equal(error.code, Code.DEADLINE_EXCEEDED);
    if ((await ask(probe, 'CountCalls', { key })).begun === '1') {
      await counted(key, (counts) => counts.ended === '1');
      return;
    }
    assert(timeout < kPatience, 'no call reached the handler before its deadline');
  }
});

check('a call that its caller cancels is cancelled in the handler', async () => {
  const key = randomUUID();
  let call;
  const ended = refusal(probe, 'Linger', { key, until_context_ends: true },
    { options: {}, begun: (begun) => { call = begun; } });
  await counted(key, (counts) => counts.begun === '1');
  call.cancel();
  assert.equal((await ended).code, Code.CANCELLED);
  await counted(key, (counts) => counts.ended === '1' && counts.saw_cancellation === '1');
});

// ---- The standard services

check('health is told of the whole and of the service', async () => {
  for (const service of ['', 'seam.probe.v1.Probe']) {
    assert.deepEqual(await ask(health, 'Check', { service }), { status: 1 });
  }
  assert.equal((await refusal(health, 'Check', { service: 'other' })).code, Code.NOT_FOUND);
});

// What buf prints for the URL's path, and its exit code.
function buf(address, path, ...flags) {
  const machine = { arm64: 'aarch64', x64: 'x64' }[process.arch];
  const program = require.resolve(`@bufbuild/buf-linux-${machine}/bin/buf`);
  return new Promise((resolve) => {
    const child = execFile(program, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge',
      ...flags, `http://${address}${path}`],
    { timeout: kPatience, env: { ...process.env, BUF_CACHE_DIR: folder, HOME: folder } },
    (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
    child.stdin.end();
  });
}

const printed = ({ code, stdout, stderr }) => {
  assert.equal(code, 0, stderr);
  return stdout;
};

check('buf lists services and methods through reflection', async () => {
  assert.deepEqual(printed(await buf(productsService.address, '', '--list-services')).trim()
    .split('\n'), ['grpc.health.v1.Health', 'shop.products.v1.Products']);
  const methods = printed(await buf(productsService.address, '', '--list-methods'));
  for (const method of Object.values(Products.service)) {
    assert(methods.includes(method.path.slice(1)), `${method.path} is not in:\n${methods}`);
  }
});

check('buf calls by what it learns through reflection', async () => {
  const text = printed(await buf(productsService.address, '/shop.products.v1.Products/GetProduct',
    '--data', JSON.stringify({ id: towel.id })));
  const { product } = JSON.parse(text);
  assert.equal(product.name, towel.name);
  assert.deepEqual(product.price, { amountMinor: '850', currency: 'EUR' });

  const inspected = JSON.parse(printed(await buf(probeService.address,
    '/seam.probe.v1.Probe/Inspect', '--data', '{}', '--header', 'idempotency-key: one')));
  assert.equal(inspected.metadata['idempotency-key'], 'one');

  assert.deepEqual(JSON.parse(printed(await buf(probeService.address,
    '/grpc.health.v1.Health/Check', '--data', '{}'))), { status: 'SERVING' });
});

check('buf shows an error with its details', async () => {
  const { code, stderr } = await buf(productsService.address,
    '/shop.products.v1.Products/GetProduct',
    '--data', JSON.stringify({ id: kNobodys }));
  assert.notEqual(code, 0);
  const error = JSON.parse(stderr);
  assert.equal(error.code, 'not_found');
  assert.equal(error.details[0].type, 'google.rpc.ErrorInfo');
});

check('a watcher of health hears that the service stops, which it does in good order', async () => {
  const watch = health.Watch({ service: 'seam.probe.v1.Probe' });
  const seen = [];
  const over = new Promise((resolve, reject) => {
    watch.on('data', ({ status }) => {
      seen.push(status);
      if (seen.length === 1) probeService.stop();
    });
    watch.on('end', resolve);
    watch.on('error', reject);
  });
  await over;
  assert.deepEqual(seen, [1, 2]);
  assert.equal(await probeService.ended, 0);
  productsService.stop();
  assert.equal(await productsService.ended, 0);
});

await runChecks();
process.exit();
