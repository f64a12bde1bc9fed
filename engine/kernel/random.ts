import { randomBytes } from 'node:crypto';

/** The engine's only source of randomness: lease nonces, message ids, secrets. */
export interface Random {
	bytes(size: number): Uint8Array;
}

export const systemRandom: Random = { bytes: (size) => randomBytes(size) };
