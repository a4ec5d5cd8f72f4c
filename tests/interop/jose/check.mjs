// check.mjs EXCHANGE: compares our tokens with those of jose, in both directions, by way of our
// program EXCHANGE (see exchange.cc).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as jose from 'jose';
import { check, runChecks } from './checks.mjs';

const exchange = spawn(process.argv[2], [], { stdio: ['pipe', 'pipe', 'inherit'] });
exchange.on('error', (error) => {
  console.error(`cannot start ${process.argv[2]}: ${error.message}`);
  process.exit(1);
});
const lines = createInterface({ input: exchange.stdout })[Symbol.asyncIterator]();
async function ask(...words) {
  exchange.stdin.write(words.join(' ') + '\n');
  const { value, done } = await lines.next();
  assert(!done, `the exchange ended at: ${words[0]}`);
  return value;
}

// Another digit in the middle of one of a token's parts.
function tamper(token, part) {
  const parts = token.split('.');
  const at = Math.floor(parts[part].length / 2);
  const digit = parts[part][at] === 'A' ? 'B' : 'A';
  parts[part] = parts[part].slice(0, at) + digit + parts[part].slice(at + 1);
  return parts.join('.');
}

const ours = { issuer: 'shop', audience: 'shop', algorithms: ['EdDSA'], typ: 'JWT' };

// ---- What jose says of ours

const jwksText = await ask('jwks');
const jwks = JSON.parse(jwksText);
const keySet = jose.createLocalJWKSet(jwks);

check('jose finds the key set in order', async () => {
  assert.equal(jwks.keys.length, 1);
  const [key] = jwks.keys;
  assert.deepEqual({ ...key, kid: '', x: '' },
    { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', kid: '', x: '' });
  assert.equal(key.kid, await jose.calculateJwkThumbprint(key));
});

check('jose accepts a token of ours and reads our claims', async () => {
  const before = Math.floor(Date.now() / 1000);
  const token = await ask('sign', 'account', 'session', 900, 'customer', 'admin');
  const { payload, protectedHeader } = await jose.jwtVerify(token, keySet, {
    ...ours, requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti', 'sid', 'roles'] });
  const after = Math.floor(Date.now() / 1000);
  assert.deepEqual(protectedHeader, { alg: 'EdDSA', kid: jwks.keys[0].kid, typ: 'JWT' });
  assert.equal(payload.sub, 'account');
  assert.equal(payload.sid, 'session');
  assert.deepEqual(payload.roles, ['customer', 'admin']);
  assert(before <= payload.iat && payload.iat <= after);
  assert.equal(payload.exp, payload.iat + 900);
});

check('jose refuses a token of ours that was tampered with', async () => {
  const token = await ask('sign', 'account', 'session', 900);
  for (const part of [1, 2]) {
    await assert.rejects(jose.jwtVerify(tamper(token, part), keySet, ours),
      jose.errors.JWSSignatureVerificationFailed);
  }
  await assert.rejects(jose.jwtVerify(tamper(token, 0), keySet, ours));
});

check('jose refuses a token of ours that has expired', async () => {
  await assert.rejects(jose.jwtVerify(await ask('sign', 'account', 'session', -1), keySet, ours),
    jose.errors.JWTExpired);
});

check('jose refuses a token of ours for somebody else', async () => {
  await assert.rejects(
    jose.jwtVerify(await ask('sign', 'account', 'session', 900), keySet,
      { ...ours, audience: 'other' }),
    jose.errors.JWTClaimValidationFailed);
});

// ---- What we say of jose's

const { publicKey, privateKey } = await jose.generateKeyPair('EdDSA', { crv: 'Ed25519' });
const publicJwk = { ...(await jose.exportJWK(publicKey)), alg: 'EdDSA', use: 'sig' };
publicJwk.kid = await jose.calculateJwkThumbprint(publicJwk);
const { publicKey: otherKey } = await jose.generateKeyPair('ES256');
const theirSet = { keys: [{ ...(await jose.exportJWK(otherKey)), kid: 'other' }, publicJwk] };

const newToken = () => new jose.SignJWT({ sid: 'session', roles: ['customer', 'admin'] })
  .setProtectedHeader({ alg: 'EdDSA', kid: publicJwk.kid })
  .setIssuer('shop').setAudience('shop').setSubject('account').setIssuedAt()
  .setExpirationTime('15m');

const refused = async (token, reason) => {
  const answer = await ask('verify', token);
  assert.match(answer, new RegExp(`^UNAUTHENTICATED ${reason}: `));
};

check('we take a key set of jose, without the keys of other kinds', async () => {
  assert.equal(await ask('trust', JSON.stringify(theirSet)), 'ok');
});

check('we accept a token of jose', async () => {
  const token = await newToken().sign(privateKey);
  const { exp } = jose.decodeJwt(token);
  assert.equal(await ask('verify', token), `ok account session ${exp} customer admin`);
});

check('we refuse a token of jose that was tampered with', async () => {
  const token = await newToken().sign(privateKey);
  for (const part of [0, 1, 2]) await refused(tamper(token, part), 'TOKEN_INVALID');
});

check('we refuse a token of jose that has expired', async () => {
  const past = Math.floor(Date.now() / 1000) - 10;
  await refused(await newToken().setExpirationTime(past).sign(privateKey), 'TOKEN_EXPIRED');
});

check('we refuse a token of jose for another audience or from another issuer', async () => {
  await refused(await newToken().setAudience('other').sign(privateKey), 'TOKEN_INVALID');
  await refused(await newToken().setIssuer('other').sign(privateKey), 'TOKEN_INVALID');
});

check('we refuse a token that was signed with the public key as a shared secret', async () => {
  const secrets = [jose.base64url.decode(publicJwk.x), new TextEncoder().encode(publicJwk.x),
    new TextEncoder().encode(await jose.exportSPKI(publicKey))];
  for (const secret of secrets) {
    const token = await newToken().setProtectedHeader({ alg: 'HS256', kid: publicJwk.kid })
      .sign(secret);
    await refused(token, 'TOKEN_INVALID');
  }
});

check('we refuse a token of jose without a signature', async () => {
  const token = new jose.UnsecuredJWT({ sid: 'session', roles: [] }).setIssuer('shop')
    .setAudience('shop').setSubject('account').setIssuedAt().setExpirationTime('15m').encode();
  await refused(token, 'TOKEN_INVALID');
});

check('we refuse a token of jose by another key that borrows the id', async () => {
  const { privateKey: foreign } = await jose.generateKeyPair('EdDSA', { crv: 'Ed25519' });
  await refused(await newToken().sign(foreign), 'TOKEN_INVALID');
});

check('we refuse a key set of jose that gives a private key away', async () => {
  const { privateKey: secret } =
    await jose.generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const keys = [{ ...(await jose.exportJWK(secret)), kid: 'a' }];
  assert.match(await ask('trust', JSON.stringify({ keys })), /INVALID_JWKS/);
});

await runChecks();
exchange.stdin.end();
