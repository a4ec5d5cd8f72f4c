// What both programs need of gRPC for Node: our contracts, and errors with details.
import { createRequire } from 'node:module';
import * as grpc from '@grpc/grpc-js';
import * as protoLoader from '@grpc/proto-loader';

const require = createRequire(import.meta.url);
const protobuf = createRequire(require.resolve('@grpc/proto-loader'))('protobufjs');

// The package `name` of the file, below one of the folders. Field names are as in the file; 64-bit
// numbers are texts.
export function loadPackage(file, folders, name) {
  const definition = protoLoader.loadSync(file, {
    includeDirs: folders, keepCase: true, longs: String, defaults: true, oneofs: true });
  return name.split('.').reduce((at, part) => at[part], grpc.loadPackageDefinition(definition));
}

// https://github.com/googleapis/googleapis/tree/master/google/rpc
const rpc = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`, { keepCase: true }).root;
const Status = rpc.lookupType('google.rpc.Status');
const ErrorInfo = rpc.lookupType('google.rpc.ErrorInfo');
const kErrorInfo = 'type.googleapis.com/google.rpc.ErrorInfo';
const kDetails = 'grpc-status-details-bin';

// What an error that a call ended with says in its details: code, message, reason, domain, metadata.
export function detailsOf(error) {
  const [bytes] = error.metadata.get(kDetails);
  if (bytes === undefined) return undefined;
  const status = Status.decode(bytes);
  const infos = status.details.filter((detail) => detail.type_url === kErrorInfo)
    .map((detail) => ErrorInfo.toObject(ErrorInfo.decode(detail.value), { defaults: true }));
  if (infos.length !== 1) throw new Error(`${infos.length} ErrorInfo in the details`);
  return { code: status.code, message: status.message, ...infos[0] };
}

// An error as a service answers with it.
export function errorWithDetails({ code, message, reason, domain, metadata }) {
  const value = ErrorInfo.encode({ reason, domain, metadata }).finish();
  const details = new grpc.Metadata();
  details.set(kDetails, Buffer.from(
    Status.encode({ code, message, details: [{ type_url: kErrorInfo, value }] }).finish()));
  return { code, details: message, metadata: details };
}
