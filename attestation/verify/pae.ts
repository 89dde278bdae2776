/** DSSE pre-authentication encoding: what a signature covers. Lengths count bytes, not characters. Source: secure-systems-lab/dsse, protocol.md. */
export const pae = (payloadType: string, payload: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `),
    payload,
  ]);
